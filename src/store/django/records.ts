import type { Keyring } from '../credentials.ts'
import { legacyRecords } from '../django-legacy/records.ts'
import { modernRecords } from '../django-modern/records.ts'
import type { Records } from '../types.ts'
import type { DjangoSession, WithCurrentKey } from './types.ts'

/** Returns Mathesar's rows in an internal database of its layout. */
export function recordsOf(session: DjangoSession, keyring: Keyring, withCurrentKey: WithCurrentKey): Records {
  return session.layout.generation === 'legacy'
    ? legacyRecords(session, keyring, withCurrentKey)
    : modernRecords(session, keyring, withCurrentKey)
}
