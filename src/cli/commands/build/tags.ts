import { Argument, Command, Option } from 'commander'
import { trimSpace } from '../../../ascii-space.ts'
import { usageError } from '../../../errors.ts'
import { fileReason } from '../../../files/file-reason.ts'
import { MOST_LIST_BYTES, readLimited, readLimitedFile } from '../../../files/read-limited.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'

interface TagsFlags {
  version?: string
  released?: string[]
  releasedFrom?: string
  edge?: boolean
}

export function buildTagsCommand(): Command {
  const command = new Command('tags')
    .description('Print the tags of the container image of a version')
    .addArgument(new Argument('[version]', 'the version, such as 1.2.3; a leading v is ignored'))
    // Releases before 0.6.0 had no argument.
    .addOption(new Option('--version <version>', 'the version, as the argument gives it').hideHelp())
    .option('--released <version...>', 'released versions, so that no moving tag moves back')
    .option(
      '--released-from <file>',
      'file with the released versions, one on each line (-: standard input); ignores other lines',
    )
    .option('--edge', 'print the tag of the main branch instead')
    .action(async (argument: string | undefined, flags: TagsFlags) => {
      refuseFlagsOfBuild(command)
      const { terminal } = await startInvocation(command)
      const tags = await tagsFor(versionOf(argument, flags), flags)
      if (terminal.isJson) terminal.document('build tags', tags)
      else terminal.result(tags.join('\n'))
    })
  withExplanation(command, [
    'The first tag is the full version, which never moves. The other tags move: 1.2, 1 (not for 0.x) ' +
      'and latest, each only if no higher version of its line is released. A prerelease has only its ' +
      'full tag. Without --released or --released-from, the command assumes that the version is the ' +
      'highest one.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl build tags 1.2.3', purpose: 'Print 1.2.3, 1.2, 1 and latest' },
    {
      command: 'mathesarctl build tags 1.2.4 --released 1.3.0',
      purpose: 'Print 1.2.4 and 1.2, for a fix of an older line',
    },
    {
      command: 'git tag | mathesarctl build tags v1.2.4 --released-from -',
      purpose: 'Use the tags of git as the released versions',
    },
  ])
}

function versionOf(argument: string | undefined, { version: flag }: TagsFlags): string | undefined {
  if (argument === undefined || flag === undefined) return argument ?? flag
  throw usageError(
    'The version is given twice, as an argument and with --version.',
    'Leave --version out.',
    'version',
  )
}

async function tagsFor(version: string | undefined, flags: TagsFlags): Promise<string[]> {
  const { EDGE, imageTags, versionsAmong } = await import('../../../build/image-tags.ts')
  if (flags.edge) {
    if (version === undefined) return [EDGE]
    throw usageError(
      'A version and --edge exclude each other.',
      'Leave one of them out: the main branch has no version.',
      'edge',
    )
  }
  if (version === undefined) {
    throw usageError(
      'No version given.',
      'Name it, such as "build tags 1.2.3", or ask for the tag of the main branch with --edge.',
      'version',
    )
  }
  const listed = flags.releasedFrom === undefined ? [] : versionsAmong(linesOf(flags.releasedFrom))
  return imageTags(version, [...(flags.released ?? []), ...listed])
}

function linesOf(path: string): string[] {
  try {
    const mostBytes = MOST_LIST_BYTES
    const bytes =
      path === '-' ? readLimited(0, { mostBytes, isHandedOver: true }) : readLimitedFile(path, { mostBytes })
    return bytes
      .toString('utf8')
      .split(/\r?\n/)
      .map((line) => trimSpace(line))
  } catch (error) {
    const place = path === '-' ? 'standard input' : path
    throw usageError(
      `The released versions can't be read from ${place}: ${fileReason(error)}.`,
      'Name a file with one version on each line, or - for standard input.',
      'released-from',
    )
  }
}

/** commander accepts the flags of `build` anywhere behind it, but here they mean nothing. */
function refuseFlagsOfBuild({ parent }: Command): void {
  const passedOption = parent?.options.find(
    (option) => parent.getOptionValueSource(option.attributeName()) === 'cli',
  )
  if (!passedOption) return
  throw usageError(
    `The flag ${passedOption.long} is for builds, and "build tags" only prints.`,
    'Leave it out.',
    passedOption.name(),
  )
}
