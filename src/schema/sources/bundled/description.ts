import { followByVersion } from '../follow.ts'
import { joinSql } from '../pieces.ts'
import { MATHESAR_SCHEMAS } from '../schemas.ts'
import type { SourceDescription } from '../types.ts'
import { TOPICS } from './topics.ts'

/** Helpers that every version of the bundled SQL has in `mathesar_types`. */
const HELPERS = [
  'email_domain_name',
  'email_local_part',
  'uri_parts',
  'uri_scheme',
  'uri_authority',
  'uri_path',
  'uri_query',
  'uri_fragment',
  'get_numeric_array',
  'get_mathesar_money_array',
]

/** The SQL that this program carries: `src/schema/sql`. */
export const BUNDLED: SourceDescription = {
  name: 'bundled',
  mathesar: 'Mathesar 0.1',
  generation: 'legacy',
  schemas: MATHESAR_SCHEMAS,
  types: [
    'email',
    'mathesar_json_array',
    'mathesar_json_object',
    'mathesar_money',
    'multicurrency_money',
    'uri',
  ],
  tables: ['mathesar_types.top_level_domains'],
  keptTables: ['mathesar_types.top_level_domains'],
  // Comments alone: a table or function of ours would make Mathesar's own upgrade and removal fail (SQLSTATE
  // 2BP01).
  record: {
    schemas: MATHESAR_SCHEMAS,
    manifest: { kind: 'domain check', domain: 'mathesar_types.uri' },
  },
  proof: {
    routines: [
      { schema: '__msar', names: null },
      { schema: 'mathesar_types', names: HELPERS },
    ],
    fewest: HELPERS.length / 2,
    sql: () => TOPICS.map(joinSql).join(''),
  },
  settings: {},
  upgrade: 'in place',
  follow: followByVersion,
}
