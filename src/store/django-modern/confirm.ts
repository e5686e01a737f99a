import { compose } from '../../postgres/compose.ts'
import type { DjangoSession, Layout } from '../django/types.ts'
import { versionChanged } from '../errors.ts'
import confirmSql from './confirm.sql'
import { columnsOf } from './state.ts'
import type { Entry } from './view.ts'

/**
 * Records the version of the SQL in a database, in one statement. Returns `null`, and writes nothing, if the
 * database no longer has the connection that the view shows. Errors: `LOCKED` if it has neither `seenVersion`
 * nor the new version by now: another installer wrote it, and nothing shows whose SQL came last.
 */
export async function confirmVersion(
  session: DjangoSession,
  { id, server, database }: Entry,
  version: string,
  seenVersion?: string,
): Promise<true | null> {
  const values = [id, version, server.host, server.port, database, seenVersion ?? null]
  const [row] = await session.write<{ before: string | null }>(confirmStatement(session.layout), values)
  const before = row?.before ?? null
  if (before === null) return null
  if (seenVersion !== undefined && before !== seenVersion && before !== version) {
    throw versionChanged(database, before)
  }
  return true
}

/**
 * Returns the statement: the id, the version, the host, port and database of the connection, and the version
 * that the database had; null if any.
 */
export function confirmStatement(layout: Layout): string {
  return compose(confirmSql, { schema: columnsOf(layout).schema })
}
