import { resolve } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { FORMAT_NAMES, type FormatName } from '../../../build/formats/descriptions.ts'
import { PLATFORM_NAMES, type PlatformName } from '../../../build/platforms.ts'
import { usageError } from '../../../errors.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import { addFormatFlags, readFormatSettings } from './format-flags.ts'
import { buildTagsCommand } from './tags.ts'

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
    .option('--out <dir>', 'directory for the artifacts; created if it does not exist')
    .addOption(
      new Option('--platform <name...>', 'machines they are for (default: this one)').choices(PLATFORM_NAMES),
    )
  addFormatFlags(command)
  command.action(async (words: (FormatName | 'all')[], { out, platform }: BuildFlags) => {
    if (!out) {
      throw usageError('No output directory given.', 'Name a directory with --out DIR.', 'out')
    }
    const everything = words.includes('all')
    const formats = FORMAT_NAMES.filter((name) => everything || words.includes(name))
    const settings = readFormatSettings(command, formats)
    const invocation = await startInvocation(command)
    const { runBuild } = await import('./run.ts')
    await runBuild(invocation, {
      formats,
      everything,
      out: directoryOf(out),
      platforms: platform ?? [],
      settings,
    })
  })
  command.addCommand(buildTagsCommand()).helpCommand('help [command]', 'print help for a command')
  withExplanation(command, [
    'Packages of this tool are built from a checkout of its sources, after npm ci and npm run build. ' +
      'SHA256SUMS and a CycloneDX bill of materials lie beside the artifacts. Everything in them has the ' +
      'time of SOURCE_DATE_EPOCH (default: the date of the version), so that two builds have the same ' +
      'bytes.',
    'apt-repo writes the directory apt, which you copy to a web server as it is: a repository of the ' +
      'suite stable, signed with --sign-key, its public key, and the .sources file for users. Where the ' +
      'directory exists, the run adds packages to it and removes none; without packages it signs the ' +
      'index again. The same key must have signed that repository, or another one whose secret half gpg ' +
      'has: the run never signs what somebody else has put there. A published version never changes. The ' +
      'time of the index is that of SOURCE_DATE_EPOCH, or now. The passphrase of the key comes from ' +
      'gpg-agent, or from the first line of the file that MATHESARCTL_SIGN_PASSPHRASE_FILE names.',
    'With --push gitlab the run uploads the packages to the Debian registry of a GitLab project, into ' +
      'its distribution stable. GitLab writes and signs the index itself, so that the run writes no ' +
      'repository here unless --sign-key is given too. The server, the project and the token are those ' +
      'of GITLAB_URL, GITLAB_PROJECT and GITLAB_TOKEN, or in GitLab’s CI of CI_API_V4_URL, CI_PROJECT_ID ' +
      'and CI_JOB_TOKEN.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl build npm --out artifacts', purpose: 'One format' },
    {
      command:
        'mathesarctl build deb apt-repo --out site --sign-key releases@example.org \\\n    --base-url ' +
        'https://example.org/apt/',
      purpose: 'A signed apt repository, in which earlier versions stay',
    },
    { command: 'mathesarctl build all --out artifacts --json', purpose: 'Every format, reported as JSON' },
  ])
}

/** Errors: `USAGE` where it is below a working directory that was deleted. */
function directoryOf(out: string): string {
  try {
    return resolve(out)
  } catch {
    throw usageError(
      'The working directory does not exist any more, so that a directory below it can’t be created.',
      'Change to a directory that exists, or give the whole path with --out.',
      'out',
    )
  }
}
