import { compose } from '../../postgres/compose.ts'
import type { ServerFacts, ServerNotice, Session } from '../../postgres/types.ts'
import type { MathesarSchema } from '../sources/schemas.ts'
import { INSIDE, identity, SAFE_SETTINGS, SCHEMA_NAMES } from './catalog.ts'
import { readChecked } from './catalog-read.ts'
import { classify } from './classify.ts'
import hasOtherOwnersSql from './has-other-owners.sql'
import { type Inventory, inventoryExpression } from './inventory.ts'
import { MANIFEST } from './manifest.ts'
import otherOwnedSql from './other-owned.sql'
import stateSql from './state.sql'
import fingerprintSql from './state-fingerprint.sql'
import type { OtherOwned, SchemaPresence, SchemaState } from './types.ts'

/** What decisions about privileges need to know of the session's role. */
export type RoleFacts = Pick<ServerFacts, 'role' | 'database'> & {
  privileges: { create: boolean; superuser: boolean }
}

/** The state together with facts of the same instant. */
export interface StateReading {
  state: SchemaState
  facts: RoleFacts
  /**
   * The session's role is a superuser, or the owner of the schemas has TEMPORARY on the database: see
   * `Guard`.
   */
  canGuard: boolean
  isSuperuser: boolean
  /** An install left a manifest. */
  hasManifest: boolean
  /** Another text if anything that the reading is made of has changed: see state-fingerprint.sql. */
  fingerprint: string
}

interface Row {
  role: string
  database: string
  create: boolean
  name: MathesarSchema | null
  owner: string
  canActAsOwner: boolean
  isOwnerSuperuser: boolean
  canOwnerCreate: boolean
  ownerMakesTemporary: boolean
  superuser: boolean
  objects: number
  inventory: Inventory
  otherOwned: OtherOwned[]
  hasManifest: boolean
  fingerprint: string
}

/** A condition: anything in the schemas belongs to another role than its schema: see has-other-owners.sql. */
export const HAS_OTHER_OWNERS = compose(hasOtherOwnersSql, { schemas: SCHEMA_NAMES })

/** A query of objects of other owners, after `INSIDE` and a common table expression: see other-owned.sql. */
export const OTHER_OWNED = compose(otherOwnedSql, { identity: identity('i.classid', 'i.objid') })

const FINGERPRINT = compose(fingerprintSql, { schemas: SCHEMA_NAMES })

/** The query of `readState`: see state.sql. */
const STATE_QUERY = compose(stateSql, {
  fingerprint: FINGERPRINT,
  inside: INSIDE,
  schemas: SCHEMA_NAMES,
  inventory: inventoryExpression('SELECT manifest FROM known'),
  otherOwned: OTHER_OWNED,
  manifest: MANIFEST,
})

/** Builds the state from the rows of the query. */
function stateOf(rows: readonly Row[]): StateReading {
  const [first] = rows
  if (first === undefined) throw new Error('the state query returned no row')
  const present = rows.flatMap((row) => (row.name === null ? [] : [{ ...row, name: row.name }]))
  const schemas = present.map(
    ({ name, owner, canActAsOwner, isOwnerSuperuser, canOwnerCreate, objects }): SchemaPresence => ({
      name,
      owner,
      canActAsOwner,
      isOwnerSuperuser,
      canOwnerCreate,
      objects,
    }),
  )
  const { role, database, create, superuser, inventory, otherOwned, fingerprint } = first
  return {
    state: { ...classify(inventory), schemas, otherOwned },
    facts: { role, database, privileges: { create, superuser } },
    canGuard: first.superuser || (present.length > 0 && present.every((row) => row.ownerMakesTemporary)),
    isSuperuser: first.superuser,
    hasManifest: first.hasManifest,
    fingerprint,
  }
}

/**
 * Reads state and facts in one round trip, after the statements of `before` in the same message: an install
 * acquires the advisory lock there, and `onNotice` sees its notices.
 */
export async function readState(
  session: Session,
  before = SAFE_SETTINGS,
  onNotice?: (notice: ServerNotice) => void,
): Promise<StateReading> {
  return stateOf(await session.run<Row>(`${before}\n${STATE_QUERY}`, onNotice))
}

/**
 * Reads the same where an earlier reading exists, much faster if nothing has changed since. Otherwise it
 * needs a second round trip.
 */
export async function readStateAgain(
  session: Session,
  earlier: StateReading,
  before: string,
  onNotice?: (notice: ServerNotice) => void,
): Promise<StateReading> {
  const query = `${before}\nSELECT ${FINGERPRINT} AS fingerprint;`
  const [row] = await session.run<{ fingerprint: string }>(query, onNotice)
  return row?.fingerprint === earlier.fingerprint ? earlier : readState(session)
}

/**
 * Reads which Mathesar schemas the database has and whether this program installed them. One round trip;
 * changes nothing, waits for nothing. Errors: those of `readChecked`.
 */
export async function readSchemaState(session: Session): Promise<SchemaState> {
  return (await readStateOf(session)).state
}

/** Reads the same together with the facts of the session's role. Errors: those of `readChecked`. */
export function readStateOf(session: Session): Promise<StateReading> {
  return readChecked(session, () => readState(session))
}
