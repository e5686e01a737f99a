import { compose } from '../../postgres/compose.ts'
import type { DjangoSession, Layout } from '../django/types.ts'
import confirmSql from './confirm.sql'
import { columnsOf } from './state.ts'
import type { Entry } from './view.ts'

/**
 * Records the version of the SQL in a database, in one statement. Returns `null`, and writes nothing, if the
 * database no longer has the connection that the view shows.
 */
export async function confirmVersion(
  session: DjangoSession,
  { id, server, database }: Entry,
  version: string,
): Promise<true | null> {
  const values = [id, version, server.host, server.port, database]
  const [row] = await session.write<{ confirmed: number }>(confirmStatement(session.layout), values)
  return row !== undefined && row.confirmed > 0 ? true : null
}

/** Returns the statement: the id, the version, and the host, port and database of the connection. */
export function confirmStatement(layout: Layout): string {
  return compose(confirmSql, { schema: columnsOf(layout).schema })
}
