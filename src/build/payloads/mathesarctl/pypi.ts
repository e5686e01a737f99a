import { COMPLETION_SCRIPTS, SHELLS, type Shell } from '../../../completion-scripts.ts'
import type { PypiProject } from '../../formats/pypi/contents.ts'
import type { BuildContext } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { licenseTexts } from './licenses.ts'
import { readManPages } from './man-pages.ts'

/** Returns what PyPI shows of this tool, and the licenses that accompany it. */
export async function pypiProject(checkout: Checkout, context: BuildContext): Promise<PypiProject> {
  const { repository } = checkout
  return {
    readme: projectPage(repository),
    classifiers: [
      'Development Status :: 4 - Beta',
      'Environment :: Console',
      'Intended Audience :: Developers',
      'Intended Audience :: System Administrators',
      'Operating System :: MacOS :: MacOS X',
      'Operating System :: POSIX :: Linux',
      'Programming Language :: JavaScript',
      'Programming Language :: Python :: 3',
      'Programming Language :: SQL',
      'Topic :: Database',
      'Topic :: System :: Systems Administration',
    ],
    keywords: ['mathesar', 'postgresql', 'database', 'administration', 'cli'],
    urls:
      repository === null
        ? {}
        : {
            Source: repository,
            Issues: `${repository}/issues`,
            Changelog: `${repository}/blob/HEAD/CHANGELOG.md`,
          },
    python: '3.8',
    licenses: await licenseTexts(checkout, context.platforms, context),
    data: await sharedFiles(checkout),
  }
}

/** Where the shells look for the completions of packages, below the prefix of an installation. */
const COMPLETIONS: Readonly<Record<Shell, string>> = {
  bash: 'share/bash-completion/completions/mathesarctl',
  zsh: 'share/zsh/site-functions/_mathesarctl',
  fish: 'share/fish/vendor_completions.d/mathesarctl.fish',
}

/** Returns the man pages and the completions, by their path below the prefix of an installation. */
async function sharedFiles(checkout: Checkout): Promise<Record<string, string>> {
  const pages = await readManPages(checkout)
  return Object.fromEntries([
    ...pages.map(({ name, text }) => [`share/man/man1/${name}`, text] as const),
    ...SHELLS.map((shell) => [COMPLETIONS[shell], COMPLETION_SCRIPTS[shell]] as const),
  ])
}

/** Returns the project page. The repository's README has links and pictures that lead nowhere on PyPI. */
function projectPage(repository: string | null): string {
  return `# mathesarctl

The operator's tool for [Mathesar](https://mathesar.org/), a web interface over PostgreSQL. It **adds a user
database**: it proves the connection and the privileges, installs Mathesar's schemas, and stores the
credentials encrypted. It **removes one** again without losing data silently. At a terminal it asks for
everything, in scripts it reads flags, and it leaves nothing half done.

## Install

\`\`\`sh
pipx install mathesarctl        # or: uv tool install mathesarctl
pip install mathesarctl         # into a virtual environment
\`\`\`

The package contains a single executable. It needs neither Node nor a compiler, downloads nothing when you
install or run it, and starts without Python: \`mathesarctl\` is the executable itself.
\`python -m mathesarctl\` runs it too.

## First steps

\`\`\`sh
mathesarctl setup               # once: creates the secret key and the internal database
mathesarctl db add              # asks for everything, checks it, shows a summary, then installs
mathesarctl db list
mathesarctl db test --all       # connection, privileges, installed schemas; one row each
mathesarctl db remove library   # asks whether to drop the Mathesar schemas too
\`\`\`

In a script a flag answers each question, and \`--json\` prints one document:

\`\`\`sh
mathesarctl db add library --host db.example.org --database library --user mathesar \\
    --sslmode verify-full --password-stdin --json < password.txt
\`\`\`

\`mathesarctl --help\`, and \`--help\` of each command, explain everything with examples.

The package installs man pages and completions for bash, zsh and fish below \`share\` of the environment.
pipx links the man pages (\`man mathesarctl\`). \`pip install --user\` puts both where \`man\` and the shells
look. For any other environment, \`mathesarctl completion bash\` (or \`zsh\`, \`fish\`) prints the completion.

## Machines

| machine | wheel |
| --- | --- |
| Linux on x86-64 and 64-bit Arm, glibc 2.28 or newer, libstdc++ (Debian 10, Ubuntu 20.04, RHEL 8) | yes |
| macOS 14 or newer on Apple silicon | yes |
| Alpine and others with musl; 32-bit systems; Windows | no |

Any Python from 3.8 on works. The wheels for Linux need pip 20.3 or newer: an older pip does not know their
tag (\`manylinux_2_28\`), and chooses the source distribution, which needs pip 20.0 or newer. With that, pip
downloads nothing else either: it contains the executables too, and builds the same wheels from them. On a
machine for which it has no executable it stops at once and names the machines that it supports.
mathesarctl supports servers of PostgreSQL 13 to 18.
${repository === null ? '' : `\nSources, changes and issues: <${repository}>\n`}
mathesarctl is an independent project, and not one of the Mathesar Foundation. Its license is MIT. The package
contains the licenses of the parts that others wrote.
`
}
