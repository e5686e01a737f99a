import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'
import type { Trust } from '../../../files/trust.ts'

/** Why a directory may have the tree of the Mathesar whose internal database is in use. */
export type TreeKind = 'beside' | 'package' | 'launcher'

/** A directory with the tree of a release, which no flag named. */
export interface FoundTree {
  kind: TreeKind
  path: string
  /** Whose files are accepted in it. */
  trust: Trust
}

/** Where packages put the tree of Mathesar. */
export const PACKAGE_DIRECTORIES: readonly string[] = [
  '/usr/lib/mathesar',
  '/usr/share/mathesar',
  '/opt/mathesar',
]

export interface TreePlaces {
  /** The `.env` file of that Mathesar; `null` if none is known. */
  envFile: string | null
  /** A flag or the configuration named that file, so that its owner's files are accepted. */
  isEnvFileNamed: boolean
  /** That Mathesar runs in a container: what this machine has installed is another one. */
  isInContainer: boolean
  env: NodeJS.ProcessEnv
  packageDirectories?: readonly string[]
}

/**
 * Finds the trees of releases that may belong to a Mathesar: beside its `.env` file, where packages put them,
 * and around the launcher `mathesar` of PATH. Raises nothing, and reads no file of them.
 */
export function findReleaseTrees({
  envFile,
  isEnvFileNamed,
  isInContainer,
  env,
  packageDirectories = PACKAGE_DIRECTORIES,
}: TreePlaces): FoundTree[] {
  const owner =
    envFile !== null && isEnvFileNamed ? statSync(envFile, { throwIfNoEntry: false })?.uid : undefined
  const trust: Trust = { named: false, ...(owner === undefined ? {} : { owners: [owner] }) }
  const launcher = isInContainer ? null : launcherTree(env)
  const places: (readonly [TreeKind, string])[] = [
    ...(envFile === null ? [] : [['beside', dirname(envFile)] as const]),
    ...(isInContainer ? [] : packageDirectories.map((path) => ['package', path] as const)),
    ...(launcher === null ? [] : [['launcher', launcher] as const]),
  ]
  const found = places
    .filter(([, path]) => isDirectory(join(path, 'db', 'sql')))
    .map(([kind, path]): FoundTree => ({ kind, path, trust }))
  // The first way to find a tree says the most about it.
  const byPath = new Map([...found].reverse().map((tree) => [realpathSync(tree.path), tree]))
  return found.filter((tree) => byPath.get(realpathSync(tree.path)) === tree)
}

/** Returns the root of the installation whose launcher the shell would start; `null` if there is none. */
function launcherTree({ PATH = '' }: NodeJS.ProcessEnv): string | null {
  for (const directory of PATH.split(':')) {
    // A relative directory would make another launcher of each working directory.
    if (!isAbsolute(directory)) continue
    const launcher = join(directory, 'mathesar')
    try {
      accessSync(launcher, constants.X_OK)
      const real = realpathSync(launcher)
      return basename(dirname(real)) === 'bin' ? dirname(dirname(real)) : null
    } catch {
      // The shell goes on to the next directory too.
    }
  }
  return null
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch {
    return false
  }
}
