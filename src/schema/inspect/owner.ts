import type { Session } from '../../postgres/types.ts'
import type { FutureOwner } from './privileges.ts'
import type { SchemaState } from './types.ts'

/** Returns the name of the role that owns a schema; `null` if there is no such schema. One round trip. */
export async function ownerOfSchema(session: Session, schema: string): Promise<string | null> {
  const rows = await session.check(() =>
    session.query<{ owner: string }>(
      `SELECT pg_catalog.pg_get_userbyid(nspowner) AS owner FROM pg_catalog.pg_namespace
        WHERE nspname OPERATOR(pg_catalog.=) $1`,
      [schema],
    ),
  )
  return rows[0]?.owner ?? null
}

/**
 * Returns the role that will own the schemas, and whether it may create them; undefined where some exist,
 * which keep their owner, or where no role is named. At most one round trip. A role that does not exist
 * counts as one that may: the server refuses it by its name.
 */
export async function readFutureOwner(
  session: Session,
  { schemas }: SchemaState,
  role: string | undefined,
): Promise<FutureOwner | undefined> {
  if (role === undefined || schemas.length > 0) return undefined
  const rows = await session.check(() =>
    session.query<{ create: boolean }>(
      `SELECT pg_catalog.has_database_privilege(oid, pg_catalog.current_database(), 'CREATE') AS create
        FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) $1`,
      [role],
    ),
  )
  return { role, canCreate: rows[0]?.create ?? true }
}
