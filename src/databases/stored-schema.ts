import type { SchemaState } from '../schema/types.ts'
import type { StoredSchema } from '../store/types.ts'

/** What a record says of the schemas of its database; null where no Mathesar can work with what is there. */
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
