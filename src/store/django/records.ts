import type { Keyring } from '../credentials.ts'
import { unavailable } from '../errors.ts'
import type { Records } from '../types.ts'
import type { DjangoSession } from './types.ts'

/** Returns Mathesar's rows in an internal database of its layout. */
export async function recordsOf(session: DjangoSession, _keyring: Keyring): Promise<Records> {
  throw unavailable(
    session.location,
    'an internal database on PostgreSQL is not supported by this version',
    'Name the path of an SQLite file with --internal-db, or leave it out to use the default one.',
  )
}
