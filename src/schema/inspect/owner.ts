import type { Session } from '../../postgres/types.ts'

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
