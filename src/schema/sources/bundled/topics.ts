import schemas from '../../sql/00_schemas.sql?pieces'
import types from '../../sql/10_types.sql?pieces'
import email from '../../sql/11_email.sql?pieces'
import uri from '../../sql/12_uri.sql?pieces'
import amounts from '../../sql/13_amounts.sql?pieces'
import topLevelDomains from '../../sql/14_top_level_domains.sql?pieces'
import castToBoolean from '../../sql/20_cast_to_boolean.sql?pieces'
import castToIntegers from '../../sql/21_cast_to_integers.sql?pieces'
import castToFloats from '../../sql/22_cast_to_floats.sql?pieces'
import castToNumeric from '../../sql/23_cast_to_numeric.sql?pieces'
import castToDate from '../../sql/24_cast_to_date.sql?pieces'
import castToTimestamp from '../../sql/25_cast_to_timestamp.sql?pieces'
import castToZonedTimes from '../../sql/26_cast_to_zoned_times.sql?pieces'
import castToMoney from '../../sql/27_cast_to_money.sql?pieces'
import castToMathesarMoney from '../../sql/28_cast_to_mathesar_money.sql?pieces'
import castToMulticurrencyMoney from '../../sql/29_cast_to_multicurrency_money.sql?pieces'
import castToEmail from '../../sql/30_cast_to_email.sql?pieces'
import castToUri from '../../sql/31_cast_to_uri.sql?pieces'
import castToInterval from '../../sql/32_cast_to_interval.sql?pieces'
import castToJson from '../../sql/33_cast_to_json.sql?pieces'
import castToText from '../../sql/34_cast_to_text.sql?pieces'
import castToNames from '../../sql/35_cast_to_names.sql?pieces'
import castsOfHstore from '../../sql/36_casts_of_hstore.sql?pieces'
import definitions from '../../sql/40_definitions.sql?pieces'
import text from '../../sql/41_text.sql?pieces'
import information from '../../sql/42_information.sql?pieces'
import roles from '../../sql/43_roles.sql?pieces'
import schemaCommands from '../../sql/44_schema_commands.sql?pieces'
import tables from '../../sql/45_tables.sql?pieces'
import typeText from '../../sql/46_type_text.sql?pieces'
import columns from '../../sql/47_columns.sql?pieces'
import constraints from '../../sql/48_constraints.sql?pieces'
import copying from '../../sql/49_copying.sql?pieces'
import altering from '../../sql/50_altering.sql?pieces'
import columnComments from '../../sql/51_column_comments.sql?pieces'
import links from '../../sql/52_links.sql?pieces'
import extraction from '../../sql/53_extraction.sql?pieces'
import circularMeans from '../../sql/54_circular_means.sql?pieces'
import type { SourcePart } from '../types.ts'

/** The SQL that this program carries, in install order. */
export const TOPICS: readonly SourcePart[] = [
  { name: 'schemas', ...schemas },
  { name: 'types', ...types },
  { name: 'email', ...email },
  { name: 'uri', ...uri },
  { name: 'amounts', ...amounts },
  { name: 'top level domains', ...topLevelDomains },
  { name: 'cast to boolean', ...castToBoolean },
  { name: 'cast to integers', ...castToIntegers },
  { name: 'cast to floats', ...castToFloats },
  { name: 'cast to numeric', ...castToNumeric },
  { name: 'cast to date', ...castToDate },
  { name: 'cast to timestamp', ...castToTimestamp },
  { name: 'cast to zoned times', ...castToZonedTimes },
  { name: 'cast to money', ...castToMoney },
  { name: 'cast to mathesar money', ...castToMathesarMoney },
  { name: 'cast to multicurrency money', ...castToMulticurrencyMoney },
  { name: 'cast to email', ...castToEmail },
  { name: 'cast to uri', ...castToUri },
  { name: 'cast to interval', ...castToInterval },
  { name: 'cast to json', ...castToJson },
  { name: 'cast to text', ...castToText },
  { name: 'cast to names', ...castToNames },
  { name: 'casts of hstore', ...castsOfHstore },
  { name: 'definitions', ...definitions },
  { name: 'text', ...text },
  { name: 'information', ...information },
  { name: 'roles', ...roles },
  { name: 'schema commands', ...schemaCommands },
  { name: 'tables', ...tables },
  { name: 'type text', ...typeText },
  { name: 'columns', ...columns },
  { name: 'constraints', ...constraints },
  { name: 'copying', ...copying },
  { name: 'altering', ...altering },
  { name: 'column comments', ...columnComments },
  { name: 'links', ...links },
  { name: 'extraction', ...extraction },
  { name: 'circular means', ...circularMeans },
]
