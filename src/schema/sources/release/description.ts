import { A_MATHESAR } from '../mathesar.ts'
import { MATHESAR_SCHEMAS } from '../schemas.ts'
import type { SourceDescription } from '../types.ts'
import { followAsRelease } from './follow.ts'

/** The SQL of a release of Mathesar, 0.2.0 or later, from its own tree. */
export const RELEASE: SourceDescription = {
  name: 'release',
  mathesar: 'Mathesar 0.2 and later',
  generation: 'modern',
  schemas: MATHESAR_SCHEMAS,
  types: A_MATHESAR.types,
  tables: ['msar.top_level_domains', 'msar.expr_templates', 'msar.all_mathesar_objects'],
  keptTables: [],
  // A removal by Mathesar can leave the other schemas, and would leave a comment with them.
  record: {
    schemas: ['msar'],
    // An upgrade or a removal by Mathesar drops the table, so that no stale manifest stays.
    manifest: { kind: 'table', table: 'msar.top_level_domains' },
    isManifestOptional: true,
  },
  proof: null,
  settings: {},
  upgrade: 'own',
  follow: followAsRelease,
}
