import type { PypiProject } from '../../formats/pypi/contents.ts'
import type { BuildContext } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { licenseTexts } from './licenses.ts'

/** What PyPI shows of this tool. */
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

/** A page of its own: the repository's README has links and pictures that lead nowhere on PyPI. */
function projectPage(repository: string | null): string {
  return `# mathesarctl

The operator's tool for [Mathesar](https://mathesar.org/), a web interface over PostgreSQL. It **adds a user database**
(proves the connection and the privileges, installs Mathesar's schemas, stores the credentials encrypted) and **removes
one** again without losing data behind your back. It asks for everything at a terminal, takes flags in scripts, and
leaves nothing half done.

## Install

\`\`\`sh
pipx install mathesarctl        # or: uv tool install mathesarctl
pip install mathesarctl         # into a virtual environment
\`\`\`

The package carries a single executable. It needs neither Node nor a compiler, fetches nothing when it is installed or
run, and starts without Python: \`mathesarctl\` is the executable itself. \`python -m mathesarctl\` runs it too.

## First steps

\`\`\`sh
mathesarctl setup               # once: makes the secret key and the internal database
mathesarctl db add              # asks for everything, checks it, shows a summary, then installs
mathesarctl db list
mathesarctl db test --all       # connection, privileges, installed schemas; one row each
mathesarctl db remove library   # asks whether the Mathesar schemas go too
\`\`\`

In a script every question is a flag, and \`--json\` prints one document:

\`\`\`sh
mathesarctl db add library --host db.example.org --database library --user mathesar \\
    --sslmode verify-full --password-stdin --json < password.txt
\`\`\`

\`mathesarctl --help\`, and \`--help\` of each command, have everything with examples. \`mathesarctl completion bash\` (or
\`zsh\`, \`fish\`) prints the completion of a shell.

## Machines

| machine | wheel |
| --- | --- |
| Linux on x86-64 and 64-bit Arm, glibc 2.28 or newer, with libstdc++ (Debian 10, Ubuntu 20.04, RHEL 8 and later) | yes |
| macOS 14 or newer on Apple silicon | yes |
| Alpine and others with musl; 32-bit systems; Windows | no |

Any Python from 3.8 on will do. Where pip takes the source distribution, nothing is fetched either: it carries executables
too and builds the same wheels of them. On a machine for which it has none it stops at once and names those that it has.
The servers may be PostgreSQL 13 to 18.
${repository === null ? '' : `\nSources, changes and issues: <${repository}>\n`}
mathesarctl is a project of its own and not made by the Mathesar Foundation. MIT license; what others made in it has
its licenses beside it.
`
}
