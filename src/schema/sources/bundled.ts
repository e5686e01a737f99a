import { createHash } from 'node:crypto'
import { VERSION } from '../../version.ts'
import schemas from '../sql/00_schemas.sql'
import types from '../sql/10_types.sql'
import email from '../sql/11_email.sql'
import uri from '../sql/12_uri.sql'
import amounts from '../sql/13_amounts.sql'
import definitions from '../sql/40_definitions.sql'
import text from '../sql/41_text.sql'
import information from '../sql/42_information.sql'
import roles from '../sql/43_roles.sql'
import schemaCommands from '../sql/44_schema_commands.sql'
import tables from '../sql/45_tables.sql'
import typeText from '../sql/46_type_text.sql'
import columns from '../sql/47_columns.sql'
import constraints from '../sql/48_constraints.sql'
import copying from '../sql/49_copying.sql'
import altering from '../sql/50_altering.sql'
import columnComments from '../sql/51_column_comments.sql'
import links from '../sql/52_links.sql'
import extraction from '../sql/53_extraction.sql'
import circularMeans from '../sql/54_circular_means.sql'
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
  ['text', text],
  ['information', information],
  ['roles', roles],
  ['schema commands', schemaCommands],
  ['tables', tables],
  ['type text', typeText],
  ['columns', columns],
  ['constraints', constraints],
  ['copying', copying],
  ['altering', altering],
  ['column comments', columnComments],
  ['links', links],
  ['extraction', extraction],
  ['circular means', circularMeans],
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
