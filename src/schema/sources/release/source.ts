import { createHash } from 'node:crypto'
import { cutSql } from '../pieces.ts'
import type { SchemaSource, SourcePart } from '../types.ts'
import { RELEASE } from './description.ts'

/** The SQL of a release as its tree has it. */
export interface ReleaseFiles {
  /** The version that the release gives itself, such as `0.11.0`. */
  version: string
  /** What of `db/sql` its install runs, in that order. */
  files: readonly { name: string; sql: string }[]
  /** Where it was found, such as the path of the tree. */
  origin?: string
  /** The operator alone names the version: the files do not state it. */
  isNamed?: true
}

/** The files that define the remover of a release, by the number with which their names begin. */
const REMOVER_FILES = /^0[02]_/

/** Returns the source of a release's SQL. Hashes and cuts the SQL on each call, which takes some 15 ms. */
export function releaseSource({ version, files, origin }: ReleaseFiles): SchemaSource {
  const hash = createHash('sha256')
  for (const { sql } of files) hash.update(sql)
  const parts: SourcePart[] = files.map(({ name, sql }) => ({ name, ...cutSql(sql) }))
  return {
    ...RELEASE,
    version,
    checksum: hash.digest('hex'),
    parts,
    ...(origin === undefined ? {} : { origin }),
    remover: {
      parts: parts.filter(({ name }) => REMOVER_FILES.test(name)),
      routine: 'msar.drop_all_msar_objects',
    },
  }
}
