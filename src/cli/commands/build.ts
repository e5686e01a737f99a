import { resolve } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { FORMAT_NAMES, PLATFORM_NAMES } from '../../build/names.ts'
import type { FormatName, PlatformName } from '../../build/types.ts'
import { usageError } from '../../errors.ts'
import { withExamples, withExplanation } from '../help.ts'
import { startInvocation } from '../invocation.ts'

interface BuildFlags {
  out?: string
  platform?: PlatformName[]
}

export function buildCommand(): Command {
  const command = new Command('build')
    .description('Build packages of this tool: what releases are made of')
    .addArgument(
      new Argument('<format...>', 'what to build; all: every format').choices([...FORMAT_NAMES, 'all']),
    )
    .option('--out <dir>', 'directory for the artefacts; it is made if need be')
    .addOption(
      new Option('--platform <name...>', 'machines they are for (default: this one)').choices(PLATFORM_NAMES),
    )
    .action(async (words: (FormatName | 'all')[], flags: BuildFlags) => {
      const { out } = flags
      if (!out) {
        throw usageError('It is not said where the artefacts go.', 'Name a directory with --out DIR.', 'out')
      }
      const invocation = await startInvocation(command)
      const { runBuild } = await import('../build-run.ts')
      await runBuild(invocation, {
        formats: words.includes('all') ? FORMAT_NAMES : FORMAT_NAMES.filter((name) => words.includes(name)),
        everything: words.includes('all'),
        out: resolve(out),
        platforms: flags.platform ?? [],
        settings: { debs: [] },
      })
    })
  withExplanation(command, [
    'Packages of the tool itself are built from a checkout of its sources, after npm ci and npm run build. SHA256SUMS and a CycloneDX bill of materials lie beside the artefacts. Everything in them has the time of SOURCE_DATE_EPOCH (default: the date of the version), so that two builds have the same bytes.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl build npm --out artefacts', purpose: 'One format' },
    { command: 'mathesarctl build all --out artefacts --json', purpose: 'Every format, told as JSON' },
  ])
}
