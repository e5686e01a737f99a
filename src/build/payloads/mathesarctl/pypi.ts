import type { PypiProject } from '../../formats/pypi/contents.ts'
import type { BuildContext } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { licenseTexts } from './licenses.ts'

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
  }
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
\`mathesarctl completion bash\` (or \`zsh\`, \`fish\`) prints the completion of a shell.

## Machines

| machine | wheel |
| --- | --- |
| Linux on x86-64 and 64-bit Arm, glibc 2.28 or newer, libstdc++ (Debian 10, Ubuntu 20.04, RHEL 8) | yes |
| macOS 14 or newer on Apple silicon | yes |
| Alpine and others with musl; 32-bit systems; Windows | no |

Any Python from 3.8 on works. If pip chooses the source distribution, it downloads nothing else either: the
source distribution contains the executables too, and builds the same wheels from them. On a machine for which
it has no executable it stops at once and names the machines that it supports.
mathesarctl supports servers of PostgreSQL 13 to 18.
${repository === null ? '' : `\nSources, changes and issues: <${repository}>\n`}
mathesarctl is an independent project, and not one of the Mathesar Foundation. Its license is MIT. The package
contains the licenses of the parts that others wrote.
`
}
