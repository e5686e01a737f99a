import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'

/** The names of the files that a release's install runs, from 0.2.3 on. */
export const FILES = [
  '00_msar_all_objects_table.sql',
  '01_msar_types.sql',
  '02_msar_remove.sql',
  '05_msar.sql',
  '10_msar_joinable_tables.sql',
  '30_msar_custom_aggregates.sql',
  '45_msar_type_casting.sql',
  '46_msar_type_inference.sql',
  '50_msar_permissions.sql',
] as const

/** The files of `db/sql` that no install of 0.2.0 or later runs. */
export const OTHERS = [
  '1_msar_joinable_tables.sql',
  '2_msar_views.sql',
  'test_00_msar.sql',
  'test_startup.sql',
  'README.md',
] as const

/** The text of a file: one statement that no other file has. */
export function sqlOf(name: string): string {
  return `SELECT '${name}';\n`
}

/** Returns the paths and texts of a small release, with the parts of a tree that nobody reads. */
export function smallRelease(version: string | null, names: readonly string[] = FILES): Map<string, string> {
  return new Map([
    ['bin/mathesar', '#!/bin/sh\n'],
    ...[...names, ...OTHERS].map((name): [string, string] => [`db/sql/${name}`, sqlOf(name)]),
    ...(version === null
      ? []
      : [['mathesar/__init__.py', `default_app = 1\n\n__version__ = "${version}"\n`] as [string, string]]),
    ['manage.py', ''],
  ])
}

/** Writes files below a directory, which is created; returns its path. */
export function writeFiles(directory: string, files: ReadonlyMap<string, string>): string {
  mkdirSync(directory, { recursive: true })
  for (const [path, text] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

/** A member of a tar archive: its path and text, or the header of something else. */
export type Member =
  | readonly [path: string, text: string | Buffer]
  | (Pick<Header, 'name' | 'type'> & Partial<Header>)

/** Returns a tar archive of the members, in their order. */
export async function tarOf(members: Iterable<Member>): Promise<Buffer> {
  const archive = pack()
  for (const member of members) {
    if (Symbol.iterator in member) archive.entry({ name: member[0] }, member[1])
    else archive.entry({ ...member, size: 0 })
  }
  archive.finalize()
  return buffer(archive)
}

/** Writes a gzipped tar archive of the members; returns its path. */
export async function writeTarball(path: string, members: Iterable<Member>): Promise<string> {
  writeFileSync(path, gzipSync(await tarOf(members)))
  return path
}
