import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as zod from 'zod'
import { usageError } from '../../../errors.ts'
import { parseDescription } from '../../debian/control.ts'
import { parseParagraphs } from '../../debian/deb822.ts'
import type { About, Component, Payload } from '../../types.ts'
import { debContents } from './deb.ts'
import { makeExecutable } from './executable.ts'
import { licenceTexts } from './licences.ts'
import { npmContents } from './npm.ts'
import { pypiContents } from './pypi.ts'
import { RUNTIMES } from './runtime.ts'

const MANIFEST = zod.object({
  name: zod.literal('mathesarctl'),
  version: zod.string(),
  description: zod.string(),
  license: zod.string(),
  dependencies: zod.record(zod.string(), zod.string()),
})

const DEPENDENCY = zod.object({ name: zod.string(), version: zod.string(), license: zod.string() })

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
  const checkout = checkoutOf(env)
  const { root } = checkout
  return {
    about: about(checkout),
    epoch: releaseDate(root, checkout.version),
    components: async () => components(root),
    executable: (platform, context) => makeExecutable(checkout, platform, context),
    licences: (platform, context) => licenceTexts(checkout, [platform], context),
    deb: (platform, context) => debContents(checkout, platform, context),
    npm: (context) => npmContents(checkout, context),
    pypi: (context) => pypiContents(checkout, context),
  }
}

/** Errors: as those of mathesarctlPayload. */
export function checkoutOf(env: NodeJS.ProcessEnv): Checkout {
  const root = packageRoot()
  if (!existsSync(join(root, 'scripts/build.ts')) || !existsSync(join(root, 'dist/bundled.json'))) {
    throw usageError(
      'This mathesarctl was installed from a package, and packages of itself are built from its sources.',
      'Take a checkout of its repository, run "npm ci" and "npm run build" there, and then bin/mathesarctl.js build.',
    )
  }
  return { root, version: manifestOf(root).version, repository: repositoryOf(env) }
}

function manifestOf(root: string): zod.infer<typeof MANIFEST> {
  return MANIFEST.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
}

/** What debian/control says of the package holds for every format. */
function about({ root, version, repository }: Checkout): About {
  const { name, license } = manifestOf(root)
  const [source, own] = parseParagraphs(readFileSync(join(root, 'debian/control'), 'utf8'))
  const { synopsis, paragraphs } = parseDescription(own?.get('Description') ?? '')
  return {
    name,
    version,
    summary: synopsis,
    description: paragraphs,
    licence: license,
    homepage: repository,
    maintainer: source?.get('Maintainer') ?? '',
  }
}

/** What is bundled, as scripts/build.ts has written it down; what npm installs beside it; and what executables are made of. */
function components(root: string): Component[] {
  const bundled: Component[] = COMPONENTS.parse(
    JSON.parse(readFileSync(join(root, 'dist/bundled.json'), 'utf8')),
  )
  const installed = Object.keys(manifestOf(root).dependencies).map((name) => {
    const { license: licence, ...own } = DEPENDENCY.parse(
      JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')),
    )
    return { ...own, licence, purl: `pkg:npm/${name}@${own.version}` }
  })
  const runtimes = [...new Set(Object.values(RUNTIMES))].map((version) => ({
    name: 'node',
    version,
    licence: 'MIT',
    purl: `pkg:generic/node@${version}`,
  }))
  return [...bundled, ...installed, ...runtimes]
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
