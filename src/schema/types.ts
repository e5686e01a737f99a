/**
 * The types of all folders beside this file, for the layers above. Inside src/schema each comes from its own
 * folder.
 */
export * from './dependents/types.ts'
export type * from './inspect/types.ts'
export type * from './install/types.ts'
export type * from './removal/types.ts'
export type * from './session/types.ts'
export { MATHESAR_SCHEMAS, type MathesarSchema } from './sources/schemas.ts'
export type {
  MathesarReleases,
  RemainsOf,
  SchemaOrigin,
  SchemaRecord,
  VersionedRemover,
} from './sources/types.ts'
