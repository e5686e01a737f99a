import type { MathesarSchema } from '../sources/schemas.ts'
import type { MathesarReleases, RemainsOf, SchemaOrigin, SchemaRecord } from '../sources/types.ts'

/** One Mathesar schema as it was found. */
export interface SchemaPresence {
  name: MathesarSchema
  owner: string
  /** The session's role is the owner, or may SET ROLE to it. */
  canActAsOwner: boolean
  isOwnerSuperuser: boolean
  /** The owner has CREATE on the database. */
  canOwnerCreate: boolean
  /**
   * Objects inside it, without what PostgreSQL creates by itself: row types, array types, indexes of
   * constraints.
   */
  objects: number
}

/**
 * An object inside a Mathesar schema that others than those who may act as the schema's owner may change, or
 * that this one may not.
 */
export interface OtherOwned {
  schema: MathesarSchema
  /** Such as `function msar.add_columns(oid,jsonb,boolean)`. */
  identity: string
  owner: string
  /** The statement that makes the owner of the schema its owner. */
  remedy: string
  /** Whether the schema's owner may act as its owner. */
  isUsable: boolean
  /** Whether this program installed it, as against a user's own. */
  isInstalled: boolean
}

export type SchemaState = SchemaOrigin & {
  schemas: SchemaPresence[]
  /**
   * The record of an earlier install of ours, where a schema still bears it and what is there is not that
   * install.
   */
  staleRecord: SchemaRecord | null
  /**
   * Casts from hstore that a release before 0.2.0 left in `mathesar_types`, where what is there now is no
   * such release: no later one knows them, and its own removal fails because of them.
   */
  hstoreCasts: string[]
  otherOwned: OtherOwned[]
}

export type DriftChange = 'changed' | 'dropped' | 'added'

/** An object that is no longer as it was installed. */
export interface Drift {
  object: string
  change: DriftChange
}

export interface SchemaStatus {
  /** A Mathesar can work with the schemas. */
  installed: boolean
  /** Who installed them, judged by their contents. */
  state: SchemaOrigin['kind']
  /** What is left, where they are remains. */
  remains: RemainsOf | null
  /** The releases of Mathesar that they may come from, where this program did not install them. */
  release: MathesarReleases | null
  /** The record of an earlier install, where what is there is not that install any more. */
  staleRecord: Pick<SchemaRecord, 'source' | 'version'> | null
  /** Casts from hstore that a release before 0.2.0 left; a later one's own removal fails because of them. */
  hstoreCasts: string[]
  source: string | null
  version: string | null
  checksum: string | null
  objects: number
  /** Only `mathesar_types` is there: what a removal leaves that keeps the types. */
  typesOnly: boolean
  /**
   * How many objects of the install are not there any more, as far as anything shows. `drift` names them,
   * unless the list of them was lost, or a Mathesar installed the schemas.
   */
  dropped: number
  drift: Drift[]
}
