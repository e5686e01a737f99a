import { resolve } from 'node:path'
import { Argument, Command, InvalidArgumentError, Option } from 'commander'
import { FORMAT_NAMES, PLATFORM_NAMES } from '../../build/names.ts'
import type { FormatName, PlatformName } from '../../build/types.ts'
import { usageError } from '../../errors.ts'
import { withExamples, withExplanation } from '../help.ts'
import { startInvocation } from '../invocation.ts'
import { buildTagsCommand } from './build-tags.ts'

interface BuildFlags {
  out?: string
  platform?: PlatformName[]
  signKey?: string
  deb?: string[]
  baseUrl?: string
  validUntil?: number
  push?: 'gitlab'
}

export function buildCommand(): Command {
  const command = new Command('build')
    .description('Build packages of this tool: what releases are made of')
    .addArgument(
      new Argument('<format...>', 'what to build; all: every format').choices([...FORMAT_NAMES, 'all']),
    )
    .option('--out <dir>', 'directory for the artefacts; created if it does not exist')
    .addOption(
      new Option('--platform <name...>', 'machines they are for (default: this one)').choices(PLATFORM_NAMES),
    )
    .option('--sign-key <key>', 'apt-repo: key that signs it, as gpg --local-user takes it')
    .option('--deb <file...>', 'apt-repo: Debian packages to put in beside those of this run')
    .option('--base-url <url>', 'apt-repo: where users will find it; goes into its .sources file')
    .addOption(
      new Option(
        '--valid-until <days>',
        'apt-repo: days until apt refuses the index (default: never)',
      ).argParser(days),
    )
    .addOption(
      new Option('--push <registry>', 'apt-repo: upload the Debian packages to a registry').choices([
        'gitlab',
      ]),
    )
    .action(async (words: (FormatName | 'all')[], flags: BuildFlags) => {
      const { out } = flags
      if (!out) {
        throw usageError('It is not said where the artefacts go.', 'Name a directory with --out DIR.', 'out')
      }
      const ofRepository = (['signKey', 'deb', 'baseUrl', 'validUntil', 'push'] as const).find(
        (flag) => flags[flag] !== undefined,
      )
      if (ofRepository && !words.includes('apt-repo') && !words.includes('all')) {
        const flag = ofRepository.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
        throw usageError(
          `--${flag} is for apt repositories, and none is to be built.`,
          'Name apt-repo among the formats, or leave the flag out.',
          flag,
        )
      }
      const invocation = await startInvocation(command)
      const { runBuild } = await import('../build-run.ts')
      await runBuild(invocation, {
        formats: words.includes('all') ? FORMAT_NAMES : FORMAT_NAMES.filter((name) => words.includes(name)),
        everything: words.includes('all'),
        out: directoryOf(out),
        platforms: flags.platform ?? [],
        settings: {
          signKey: flags.signKey,
          debs: (flags.deb ?? []).map((file) => resolve(file)),
          baseUrl: flags.baseUrl,
          validDays: flags.validUntil,
          push: flags.push,
        },
      })
    })
  command.addCommand(buildTagsCommand()).helpCommand('help [command]', 'print help for a command')
  withExplanation(command, [
    'Packages of the tool itself are built from a checkout of its sources, after npm ci and npm run build. SHA256SUMS and a CycloneDX bill of materials lie beside the artefacts. Everything in them has the time of SOURCE_DATE_EPOCH (default: the date of the version), so that two builds have the same bytes.',
    'apt-repo makes the directory apt, to be copied to a web server as it is: a repository of the suite stable, signed with --sign-key, its public key, and the .sources file for users. Where one is there, packages are added to it and none is taken away; without packages its index is signed again. It has to be signed by the same key, or by another one whose secret half gpg has: what somebody else has put there is never signed. A published version never changes. Its time is that of SOURCE_DATE_EPOCH, or now. The passphrase of the key comes from gpg-agent, or from the first line of the file that MATHESARCTL_SIGN_PASSPHRASE_FILE names.',
    'With --push gitlab the packages are uploaded to the Debian registry of a GitLab project, into its distribution stable; GitLab makes and signs the index itself, so that no repository is made here unless --sign-key is given too. The server, the project and the token are those of GITLAB_URL, GITLAB_PROJECT and GITLAB_TOKEN, or in GitLab’s CI of CI_API_V4_URL, CI_PROJECT_ID and CI_JOB_TOKEN.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl build npm --out artefacts', purpose: 'One format' },
    {
      command:
        'mathesarctl build deb apt-repo --out site --sign-key releases@example.org \\\n    --base-url https://example.org/apt/',
      purpose: 'A signed apt repository, in which earlier versions stay',
    },
    { command: 'mathesarctl build all --out artefacts --json', purpose: 'Every format, reported as JSON' },
  ])
}

/** Errors: `USAGE` where it is below a working directory that was deleted. */
function directoryOf(out: string): string {
  try {
    return resolve(out)
  } catch {
    throw usageError(
      'The working directory is not there any more, so that nothing can be put into one below it.',
      'Change to one that is, or give the whole path with --out.',
      'out',
    )
  }
}

function days(text: string): number {
  if (/^[1-9][0-9]{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number of days, 1 to 9999.')
}
