import { resolve } from 'node:path'
import { peekNames } from '../../../databases/interface/internal-database.ts'
import { parseLocation } from '../../../databases/interface/location.ts'
import type { Globals } from '../../settings/globals.ts'

/** An SQLite file of mathesarctl, and how many databases it stores. */
export interface Importable {
  location: string
  databases: number
}

/**
 * Returns the SQLite files that mathesarctl worked with before: the default one, and the one that the
 * configuration file named. Those are left out whose databases the Mathesar has all, by their names, and
 * those that can't be read at once. Needs no key.
 *
 * @param names of the databases that the Mathesar has
 */
export async function findImportable(
  { files, config, groups }: Pick<Globals, 'files' | 'config' | 'groups'>,
  names: readonly string[],
): Promise<Importable[]> {
  const configured = config['internal-db']
  const isFile = configured !== undefined && parseLocation(configured).kind === 'sqlite'
  const candidates = [
    ...(files.internalDatabase === null ? [] : [{ path: files.internalDatabase, named: false }]),
    ...(isFile ? [{ path: resolve(configured), named: true }] : []),
  ]
  const distinct = candidates.filter(
    ({ path }, index) => candidates.findIndex((other) => other.path === path) === index,
  )
  const known = new Set(names)
  const found = await Promise.all(
    distinct.map(async ({ path, named }) => ({ path, stored: await peekNames(path, { named, groups }) })),
  )
  return found
    .filter(({ stored }) => stored.some((name) => !known.has(name)))
    .map(({ path, stored }) => ({ location: path, databases: stored.length }))
}
