import { MATHESAR_SCHEMAS } from './schemas.ts'
import type { SchemaContents } from './types.ts'

/** What Mathesar's own installs put into a database, for schemas that no record describes. */
export const A_MATHESAR: SchemaContents = {
  schemas: MATHESAR_SCHEMAS,
  types: [
    'email',
    'mathesar_json_array',
    'mathesar_json_object',
    'mathesar_money',
    'multicurrency_money',
    'uri',
  ],
  // The first is of releases before 0.2.0; the last goes with the routine by which later ones remove
  // themselves.
  tables: [
    'mathesar_types.top_level_domains',
    'msar.top_level_domains',
    'msar.expr_templates',
    'msar.all_mathesar_objects',
  ],
}
