import type { Session } from '../../postgres/types.ts'
import { readChecked } from './catalog-read.ts'
import futureOwnerQuery from './future-owner.sql'
import type { FutureOwner } from './privileges.ts'
import type { SchemaState } from './types.ts'

/**
 * Returns the name of the role that owns a schema; `null` if there is no such schema. One round trip. Errors:
 * those of `readChecked`.
 */
export async function ownerOfSchema(session: Session, schema: string): Promise<string | null> {
  const rows = await readChecked(session, () =>
    session.query<{ owner: string }>(
      `SELECT pg_catalog.pg_get_userbyid(nspowner) AS owner FROM pg_catalog.pg_namespace
        WHERE nspname OPERATOR(pg_catalog.=) $1`,
      [schema],
    ),
  )
  return rows[0]?.owner ?? null
}

/**
 * Returns the role that will own the schemas, and what it may do; undefined where something is in them, since
 * they keep their owner then, or where no role is named. At most one round trip. A role that does not exist
 * counts as one that may do everything: the server refuses it by its name. Errors: those of `readChecked`.
 */
export async function readFutureOwner(
  session: Session,
  { kind, schemas }: SchemaState,
  role: string | undefined,
): Promise<FutureOwner | undefined> {
  if (role === undefined || kind !== 'absent') return undefined
  const names = schemas.map(({ name }) => name)
  const [row] = await readChecked(session, () =>
    session.query<Omit<FutureOwner, 'role'>>(futureOwnerQuery, [role, names]),
  )
  return { role, ...(row ?? { canCreate: true, canActAs: true, isSuperuser: false, ownSchemas: names }) }
}
