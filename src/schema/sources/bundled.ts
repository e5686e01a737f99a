import { createHash } from 'node:crypto'
import { VERSION } from '../../version.ts'
import schemas from '../sql/00_schemas.sql'
import types from '../sql/10_types.sql'
import email from '../sql/11_email.sql'
import uri from '../sql/12_uri.sql'
import amounts from '../sql/13_amounts.sql'
import definitions from '../sql/20_definitions.sql'
import { countObjects } from '../statements.ts'
import type { SchemaSource } from './types.ts'

/** The SQL that this program carries, in install order. */
const TOPICS = [
  ['schemas', schemas],
  ['types', types],
  ['email', email],
  ['uri', uri],
  ['amounts', amounts],
  ['definitions', definitions],
] as const

/** The SQL of the Mathesar schemas that this program carries. Reads no file; counts and hashes when called. */
export function bundledSource(): SchemaSource {
  const hash = createHash('sha256')
  const topics = TOPICS.map(([name, sql]) => {
    hash.update(sql)
    return { name, sql, objects: countObjects(sql) }
  })
  return { name: 'bundled', version: VERSION, checksum: hash.digest('hex'), topics }
}
