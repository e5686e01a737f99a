import { createHash } from 'node:crypto'
import { VERSION } from '../../../version.ts'
import { joinSql } from '../pieces.ts'
import type { SchemaSource } from '../types.ts'
import { BUNDLED } from './description.ts'
import { TOPICS } from './topics.ts'

/** Returns the source of the SQL that this program carries. Reads no file; hashes the SQL on each call. */
export function bundledSource(): SchemaSource {
  const hash = createHash('sha256')
  for (const topic of TOPICS) hash.update(joinSql(topic))
  return { ...BUNDLED, version: VERSION, checksum: hash.digest('hex'), parts: TOPICS, remover: null }
}
