import type { SchemaState } from '../schema/types.ts'
import type { StoredSchema } from '../store/types.ts'

/** Returns the schemas of a database as its record lists them; null if no Mathesar can work with them. */
export function storedSchemaOf(state: SchemaState): StoredSchema | null {
  switch (state.kind) {
    case 'ours':
      return { source: state.record.source, version: state.record.version }
    case 'foreign':
      return { source: 'adopted', version: null }
    case 'absent':
    case 'remains':
      return null
  }
}
