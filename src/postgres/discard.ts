import { RAW_ENCODING } from './login/login.ts'
import type { Session } from './types.ts'

/**
 * Discards everything that the session has set or keeps on the server. The client encoding stays: in a
 * database with the encoding SQL_ASCII it is not the one that the connection began with.
 *
 * Errors: those of the server.
 */
export async function discardAll(session: Session): Promise<void> {
  await session.run('DISCARD ALL;')
  if (session.serverEncoding === RAW_ENCODING) await session.run(`SET client_encoding = '${RAW_ENCODING}';`)
}
