import { createHash } from 'node:crypto'
import { VERSION } from '../../version.ts'
import schemas from '../sql/00_schemas.sql?pieces'
import types from '../sql/10_types.sql?pieces'
import email from '../sql/11_email.sql?pieces'
import uri from '../sql/12_uri.sql?pieces'
import amounts from '../sql/13_amounts.sql?pieces'
import topLevelDomains from '../sql/14_top_level_domains.sql?pieces'
import castToBoolean from '../sql/20_cast_to_boolean.sql?pieces'
import castToIntegers from '../sql/21_cast_to_integers.sql?pieces'
import castToFloats from '../sql/22_cast_to_floats.sql?pieces'
import castToNumeric from '../sql/23_cast_to_numeric.sql?pieces'
import castToDate from '../sql/24_cast_to_date.sql?pieces'
import castToTimestamp from '../sql/25_cast_to_timestamp.sql?pieces'
import castToZonedTimes from '../sql/26_cast_to_zoned_times.sql?pieces'
import castToMoney from '../sql/27_cast_to_money.sql?pieces'
import castToMathesarMoney from '../sql/28_cast_to_mathesar_money.sql?pieces'
import castToMulticurrencyMoney from '../sql/29_cast_to_multicurrency_money.sql?pieces'
import castToEmail from '../sql/30_cast_to_email.sql?pieces'
import castToUri from '../sql/31_cast_to_uri.sql?pieces'
import castToInterval from '../sql/32_cast_to_interval.sql?pieces'
import castToJson from '../sql/33_cast_to_json.sql?pieces'
import castToText from '../sql/34_cast_to_text.sql?pieces'
import castToNames from '../sql/35_cast_to_names.sql?pieces'
import castsOfHstore from '../sql/36_casts_of_hstore.sql?pieces'
import definitions from '../sql/40_definitions.sql?pieces'
import text from '../sql/41_text.sql?pieces'
import information from '../sql/42_information.sql?pieces'
import roles from '../sql/43_roles.sql?pieces'
import schemaCommands from '../sql/44_schema_commands.sql?pieces'
import tables from '../sql/45_tables.sql?pieces'
import typeText from '../sql/46_type_text.sql?pieces'
import columns from '../sql/47_columns.sql?pieces'
import constraints from '../sql/48_constraints.sql?pieces'
import copying from '../sql/49_copying.sql?pieces'
import altering from '../sql/50_altering.sql?pieces'
import columnComments from '../sql/51_column_comments.sql?pieces'
import links from '../sql/52_links.sql?pieces'
import extraction from '../sql/53_extraction.sql?pieces'
import circularMeans from '../sql/54_circular_means.sql?pieces'
import { joinSql } from './pieces.ts'
import type { SchemaSource } from './types.ts'

/** The SQL that this program carries, in install order. */
const TOPICS = [
  ['schemas', schemas],
  ['types', types],
  ['email', email],
  ['uri', uri],
  ['amounts', amounts],
  ['top level domains', topLevelDomains],
  ['cast to boolean', castToBoolean],
  ['cast to integers', castToIntegers],
  ['cast to floats', castToFloats],
  ['cast to numeric', castToNumeric],
  ['cast to date', castToDate],
  ['cast to timestamp', castToTimestamp],
  ['cast to zoned times', castToZonedTimes],
  ['cast to money', castToMoney],
  ['cast to mathesar money', castToMathesarMoney],
  ['cast to multicurrency money', castToMulticurrencyMoney],
  ['cast to email', castToEmail],
  ['cast to uri', castToUri],
  ['cast to interval', castToInterval],
  ['cast to json', castToJson],
  ['cast to text', castToText],
  ['cast to names', castToNames],
  ['casts of hstore', castsOfHstore],
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

/** The SQL of the Mathesar schemas that this program carries. Reads no file; hashes when called. */
export function bundledSource(): SchemaSource {
  const hash = createHash('sha256')
  const topics = TOPICS.map(([name, file]) => {
    hash.update(joinSql(file))
    return { name, ...file }
  })
  return { name: 'bundled', version: VERSION, checksum: hash.digest('hex'), topics }
}
