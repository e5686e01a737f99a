import type { MathesarReleases, SchemaState } from '../schema/types.ts'
import type { StoredSchema } from '../store/types.ts'

/** The schemas of a database as a look at it finds them. */
export interface PresentSchema extends StoredSchema {
  /** The releases that may have installed them, where another program did; `null` if nothing says which. */
  release?: MathesarReleases | null
}

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

/** Returns the same as `storedSchemaOf`, with the releases that may have installed the schemas. */
export function presentSchemaOf(state: SchemaState): PresentSchema | null {
  const schema = storedSchemaOf(state)
  return schema !== null && state.kind === 'foreign' ? { ...schema, release: state.releases } : schema
}
