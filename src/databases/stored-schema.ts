import type { SchemaState } from '../schema/types.ts'
import type { Capabilities, StoredSchema } from '../store/types.ts'

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

/**
 * Returns what is recorded of the schemas of a database: those that a Mathesar installed in its own databases
 * are what that Mathesar records itself.
 */
export function recordedSchemaOf(
  state: SchemaState,
  { generation }: Pick<Capabilities, 'generation'>,
): StoredSchema | null {
  return generation === 'modern' && state.kind === 'foreign' ? null : storedSchemaOf(state)
}
