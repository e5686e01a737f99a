import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { usageError } from '../../errors.ts'
import { withExamples, withExplanation } from '../help.ts'
import { startInvocation } from '../invocation.ts'

interface TagsFlags {
  version?: string
  released?: string[]
  releasedFrom?: string
  edge?: boolean
}

export function buildTagsCommand(): Command {
  const command = new Command('tags')
    .description('Print the tags of the container image of a version')
    .option('--version <version>', 'the version, such as 1.2.3; a leading v is left out')
    .option('--released <version...>', 'versions that there are: tags that move never go back')
    .option(
      '--released-from <file>',
      'the same, one a line (-: standard input); what is no version is left out',
    )
    .option('--edge', 'the tag of what the main branch has, instead of those of a version')
    .action(async (flags: TagsFlags) => {
      refuseFlagsOfBuild(command)
      const { terminal } = await startInvocation(command)
      const tags = await tagsFor(flags)
      if (terminal.json) terminal.document('build tags', tags)
      else terminal.result(tags.join('\n'))
    })
  withExplanation(command, [
    'The tag of the full version comes first, and never moves. Then those that move: 1.2, 1 (not for 0.x) and latest, each only if no higher version is released in its line. A prerelease has its full tag alone. Without --released or --released-from the version is taken for the highest one.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl build tags --version 1.2.3', purpose: '1.2.3, 1.2, 1 and latest' },
    {
      command: 'mathesarctl build tags --version 1.2.4 --released 1.3.0',
      purpose: 'A fix of an older line: 1.2.4 and 1.2',
    },
    {
      command: 'git tag | mathesarctl build tags --version v1.2.4 --released-from -',
      purpose: 'In a release, which knows all that was released',
    },
  ])
}

async function tagsFor(flags: TagsFlags): Promise<string[]> {
  const { EDGE, imageTags, versionsAmong } = await import('../../build/image-tags.ts')
  if (flags.edge) {
    if (flags.version === undefined) return [EDGE]
    throw usageError(
      'A version and --edge exclude each other.',
      'Leave one of them out: the main branch has no version.',
      'edge',
    )
  }
  if (flags.version === undefined) {
    throw usageError(
      'It is not said which version the tags are for.',
      'Name it with --version VERSION, or ask for the tag of the main branch with --edge.',
      'version',
    )
  }
  const listed = flags.releasedFrom === undefined ? [] : versionsAmong(linesOf(flags.releasedFrom))
  return imageTags(flags.version, [...(flags.released ?? []), ...listed])
}

function linesOf(path: string): string[] {
  try {
    const text = readFileSync(path === '-' ? 0 : path, 'utf8')
    return text.split(/\r?\n/).map((line) => line.trim())
  } catch (error) {
    throw usageError(
      `The released versions can't be read from ${path === '-' ? 'standard input' : path}.`,
      `${(error as Error).message}.`,
      'released-from',
    )
  }
}

/** commander takes the flags of `build` wherever they stand behind it; here they mean nothing. */
function refuseFlagsOfBuild({ parent }: Command): void {
  const given = parent?.options.find(
    (option) => parent.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (!given) return
  throw usageError(
    `The flag ${given.long} belongs to building, and "build tags" only prints.`,
    'Leave it out.',
    given.name(),
  )
}
