import mathesarTypes from '../../schema/signatures/mathesar-types.json' with { type: 'json' }
import msar from '../../schema/signatures/msar.json' with { type: 'json' }

/** An object as a release lists it for its remover. */
export interface ListedObject {
  schema: string
  /** Routines with the types of their arguments. */
  name: string
  kind: 'AGGREGATE' | 'FUNCTION' | 'TABLE' | 'TYPE'
  isCustomType: boolean
}

interface Signature {
  schema: string
  name: string
  kind: string
  args?: readonly (string | { type: string; mode?: string })[]
}

/**
 * Returns what releases before 0.2.0 have in their schemas, apart from the types that columns may have. The
 * casts from hstore are not among them: the lists of later releases lack them.
 */
export function legacyObjects(): ListedObject[] {
  const all: readonly Signature[] = [...mathesarTypes, ...msar]
  return all.flatMap(({ schema, name, kind, args = [] }): ListedObject[] => {
    const types = args.map((argument) => (typeof argument === 'string' ? argument : argument.type))
    const identity = `${name}(${types.join(', ')})`
    switch (kind) {
      case 'function':
        return [{ schema, name: identity, kind: 'FUNCTION', isCustomType: false }]
      case 'aggregate':
        return [{ schema, name: identity, kind: 'AGGREGATE', isCustomType: false }]
      case 'table':
        return [{ schema, name, kind: 'TABLE', isCustomType: false }]
      case 'type':
        return [{ schema, name, kind: 'TYPE', isCustomType: false }]
      default:
        return []
    }
  })
}
