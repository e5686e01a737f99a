import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as zod from 'zod'
import { usageError } from '../../../errors.ts'
import { repositoryOf } from './commit.ts'

const MANIFEST = zod.object({
  name: zod.literal('mathesarctl'),
  version: zod.string(),
  description: zod.string(),
  license: zod.string(),
  dependencies: zod.record(zod.string(), zod.string()),
})

/** A checkout of this tool's sources, and what its package.json says. */
export interface Checkout {
  /** The directory of package.json. */
  readonly root: string
  readonly version: string
  /** An SPDX identifier. */
  readonly license: string
  /** The names of the packages that npm installs with this tool. */
  readonly dependencies: readonly string[]
  /** The URL of the sources; `null` if it is unknown. */
  readonly repository: string | null
}

/**
 * Reads a checkout.
 *
 * @param root of the checkout; by default the one that runs
 * Errors: `USAGE` if the directory lacks the sources of packages, as an installed package does.
 */
export function checkoutOf(env: NodeJS.ProcessEnv, root: string = packageRoot()): Checkout {
  if (!isCheckout(root)) {
    throw usageError(
      'This mathesarctl was installed from a package, and packages of itself are built from its sources.',
      'Check out its repository, run "npm ci" and "npm run build" there, and then bin/mathesarctl.js build.',
    )
  }
  const { version, license, dependencies } = MANIFEST.parse(
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
  )
  return {
    root,
    version,
    license,
    dependencies: Object.keys(dependencies),
    repository: repositoryOf(root, env),
  }
}

/** Returns whether a directory is a checkout of this tool in which `npm run build` ran. */
export function isCheckout(root: string): boolean {
  return existsSync(join(root, 'scripts/build.ts')) && existsSync(join(root, 'dist/bundled.json'))
}

function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(directory, 'package.json')) && directory !== dirname(directory))
    directory = dirname(directory)
  return directory
}
