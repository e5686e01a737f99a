import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as zod from 'zod'
import { usageError } from '../../errors.ts'
import type { About, Component, Payload } from '../types.ts'
import { makeExecutable } from './mathesarctl/executable.ts'
import { npmContents } from './mathesarctl/npm.ts'

const MANIFEST = zod.object({
  name: zod.literal('mathesarctl'),
  version: zod.string(),
  description: zod.string(),
  license: zod.string(),
  dependencies: zod.record(zod.string(), zod.string()),
})

const COMPONENTS = zod.array(
  zod.object({ name: zod.string(), version: zod.string(), licence: zod.string(), purl: zod.string() }),
)

/** The checkout that packages of this tool are built from, and what its manifest says. */
export interface Checkout {
  readonly root: string
  readonly version: string
  /** Where the sources are; `null` where nobody says. */
  readonly repository: string | null
}

/**
 * This tool itself, from the checkout that runs.
 *
 * Errors: `USAGE` if it runs from a package, which lacks the sources of packages.
 */
export function mathesarctlPayload(env: NodeJS.ProcessEnv): Payload {
  const root = packageRoot()
  if (!existsSync(join(root, 'scripts/build.ts')) || !existsSync(join(root, 'dist/bundled.json'))) {
    throw usageError(
      'This mathesarctl was installed from a package, and packages of itself are built from its sources.',
      'Take a checkout of its repository, run "npm ci" and "npm run build" there, and then bin/mathesarctl.js build.',
    )
  }
  const manifest = MANIFEST.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
  const checkout: Checkout = { root, version: manifest.version, repository: repositoryOf(env) }
  return {
    about: about(manifest, checkout),
    epoch: releaseDate(root, manifest.version),
    components: async () => components(root),
    executable: (platform, context) => makeExecutable(checkout, platform, context),
    npm: (context) => npmContents(checkout, context),
  }
}

function about(manifest: zod.infer<typeof MANIFEST>, { repository }: Checkout): About {
  return {
    name: manifest.name,
    version: manifest.version,
    summary: "operator's tool for Mathesar, a web interface over PostgreSQL",
    description: [
      'mathesarctl adds user databases to Mathesar: it proves the connection and the privileges of the role, installs the Mathesar schemas in one transaction, and stores the credentials encrypted. It removes them again without losing data, and tells beforehand what depends on them.',
      'It asks for everything at a terminal, and takes flags in scripts.',
    ],
    licence: manifest.license,
    homepage: repository,
    maintainer: 'mathesarctl maintainers <mathesarctl@users.noreply.github.com>',
  }
}

/** What is bundled, as scripts/build.ts has written it down. */
function components(root: string): Component[] {
  return COMPONENTS.parse(JSON.parse(readFileSync(join(root, 'dist/bundled.json'), 'utf8')))
}

/** A release's workflow knows where it runs: in the repository itself, or in a fork that releases under its own name. */
function repositoryOf({ GITHUB_SERVER_URL, GITHUB_REPOSITORY }: NodeJS.ProcessEnv): string | null {
  return GITHUB_SERVER_URL && GITHUB_REPOSITORY ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}` : null
}

/** The date of this version in CHANGELOG.md, at noon in UTC: the same for everybody, with a git history or without. */
function releaseDate(root: string, version: string): number {
  const heading = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`## ${version} (`))
  const date = heading && /\((\d{4}-\d{2}-\d{2})\)/.exec(heading)?.[1]
  if (!date) throw new Error(`CHANGELOG.md has no heading "## ${version} (YYYY-MM-DD)"`)
  return Date.parse(`${date}T12:00:00Z`) / 1000
}

function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package.json')) && directory !== dirname(directory))
    directory = dirname(directory)
  return directory
}
