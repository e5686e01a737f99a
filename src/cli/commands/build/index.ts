import { resolve } from 'node:path'
import { Argument, Command, Option } from 'commander'
import { FORMAT_NAMES, type FormatName } from '../../../build/formats/descriptions.ts'
import { PLATFORM_NAMES, type PlatformName } from '../../../build/platforms.ts'
import { usageError } from '../../../errors.ts'
import { type MissingValue, missingError } from '../../flags/missing.ts'
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
    .description('Build the packages of this tool that a release consists of')
    .addArgument(
      new Argument('[format...]', 'format to build, or all for every format').choices([
        ...FORMAT_NAMES,
        'all',
      ]),
    )
    // Without a format and without --out, one error names both.
    .usage('[options] [command] <format...>')
    .option('--out <dir>', 'directory for the artifacts; created if it does not exist')
    .addOption(
      new Option(
        '--platform <name...>',
        'platforms to build for (default: this machine; oci: linux-x64 and linux-arm64)',
      ).choices(PLATFORM_NAMES),
    )
  addFormatFlags(command)
  command.action(async (words: (FormatName | 'all')[], { out, platform }: BuildFlags) => {
    if (!out || words.length === 0) throw missingError(missingValues(words, out))
    const isEveryFormat = words.includes('all')
    const formats = FORMAT_NAMES.filter((name) => isEveryFormat || words.includes(name))
    const settings = readFormatSettings(command, formats)
    const invocation = await startInvocation(command)
    const { runBuild } = await import('./run.ts')
    await runBuild(invocation, {
      formats,
      isEveryFormat,
      out: directoryOf(out),
      platforms: platform ?? [],
      settings,
    })
  })
  command.addCommand(buildTagsCommand()).helpCommand('help [command]', 'Print help for a command')
  withExplanation(command, [
    'The command builds packages of this tool from a checkout of its sources, after npm ci and npm ' +
      'run build. It writes SHA256SUMS and a CycloneDX bill of materials beside the artifacts. All ' +
      'timestamps in them are SOURCE_DATE_EPOCH (default: the date of the version), so that two builds ' +
      'have the same bytes.',
    'apt-repo writes the directory apt, which you copy unchanged to a web server: a repository of the ' +
      'suite stable, signed with --sign-key, its public key, and the .sources file for users. If the ' +
      'directory exists, the run adds packages to it and removes none; without packages, it signs the ' +
      'index again. The same key must have signed that repository, or another one whose secret half gpg ' +
      'has: the run never signs files that somebody else placed there. A published version never ' +
      'changes. The time of the index is that of SOURCE_DATE_EPOCH, or now. The passphrase of the key ' +
      'comes from gpg-agent, or from the first line of the file that MATHESARCTL_SIGN_PASSPHRASE_FILE ' +
      'names.',
    'With --push gitlab, the run uploads the packages to the Debian registry of a GitLab project, ' +
      'into its distribution stable. GitLab writes and signs the index itself, so that the run writes ' +
      'no repository here unless you also pass --sign-key. GITLAB_URL, GITLAB_PROJECT and GITLAB_TOKEN ' +
      "set the server, the project and the token; in GitLab's CI, the defaults are CI_API_V4_URL, " +
      'CI_PROJECT_ID and CI_JOB_TOKEN.',
    'oci writes a container image without a shell, which runs the single executable as user 65532, for ' +
      'linux-x64 and linux-arm64 unless --platform says otherwise. It is a directory in the layout of the ' +
      'Open Container Initiative, whose index.json names the image and no tag: skopeo copy --all reads it. ' +
      'With --archive there is also one file for each platform, which docker load, podman load and ctr ' +
      'images import read. The libraries and the certificates in the image are those of Debian 12. The run ' +
      'downloads the versions that it pins by their checksums, and keeps them in the cache; with ' +
      '--debian-packages it downloads nothing of Debian. An executable that was built on a machine of its ' +
      'own platform starts faster: --executable packs such files.',
    'With --push REGISTRY/NAME, such as ghcr.io/owner/mathesarctl, the run uploads the image to that ' +
      'repository, by https (by http only on this machine), and writes the tags that "mathesarctl build ' +
      'tags" prints. The tag of the full version never moves: if it names another image, the run uploads ' +
      'nothing and fails. The other tags move, but never back, since the run reads the versions that the ' +
      'repository has. Uploads that the registry has are not repeated, so that you can run a push that ' +
      'failed again. The credentials come from MATHESARCTL_REGISTRY_USER and ' +
      'MATHESARCTL_REGISTRY_PASSWORD, or from the file that MATHESARCTL_REGISTRY_PASSWORD_FILE names, or from the files of "docker login" ' +
      'and "podman login" and their credential helpers. They go to the host of the registry alone, and to ' +
      'its token server on that host or on the domain around it; a token server elsewhere receives them ' +
      'only if you name it in MATHESARCTL_REGISTRY_TOKEN_SERVER.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl build npm --out artifacts', purpose: 'Build one format' },
    {
      command:
        'mathesarctl build deb apt-repo --out site --sign-key releases@example.org \\\n    --base-url ' +
        'https://example.org/apt/',
      purpose: 'Build a signed apt repository, and keep earlier versions in it',
    },
    {
      command: 'mathesarctl build oci --archive --out artifacts',
      purpose: 'Build the container image, and the archives that docker load reads',
    },
    {
      command: 'mathesarctl build oci --out artifacts --push ghcr.io/owner/mathesarctl',
      purpose: 'Build the container image, and upload it to a registry',
    },
    {
      command: 'mathesarctl build all --out artifacts --json',
      purpose: 'Build every format, and print the result as JSON',
    },
  ])
}

function missingValues(words: readonly string[], out: string | undefined): MissingValue[] {
  const missing: MissingValue[] = []
  if (words.length === 0) {
    const add = `a format as an argument (${[...FORMAT_NAMES, 'all'].join(', ')})`
    missing.push({ field: 'format', what: 'the format to build', add })
  }
  if (!out) missing.push({ field: 'out', what: 'the output directory', add: '--out DIR' })
  return missing
}

/** Errors: `USAGE` if it is below a working directory that was deleted. */
function directoryOf(out: string): string {
  try {
    return resolve(out)
  } catch {
    throw usageError(
      "The working directory does not exist any more, so that a directory below it can't be created.",
      'Change to a directory that exists, or pass an absolute path with --out.',
      'out',
    )
  }
}
