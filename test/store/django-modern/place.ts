import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import { createKeyring, type Keyring } from '../../../src/store/credentials.ts'
import { modernRecords } from '../../../src/store/django-modern/records.ts'
import type { Records } from '../../../src/store/types.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  type InternalDatabaseOptions,
} from '../../support/mathesar-database.ts'
import { openDjangoSession } from './session.ts'

const keyrings = new Map<string, Keyring>()

/** To derive a key takes longer than most tests: each is derived once. */
export function sharedKeyring(key: string): Keyring {
  const keyring = keyrings.get(key) ?? createKeyring(() => key)
  keyrings.set(key, keyring)
  return keyring
}

export interface ModernPlace {
  internal: InternalDatabase
  records: Records
  /** The statements that the records sent. */
  statements: string[]
}

/** Creates an internal database and opens its rows. */
export async function modernPlace(options: InternalDatabaseOptions = {}): Promise<ModernPlace> {
  const internal = await createInternalDatabase(options)
  return { internal, ...(await openRecords(internal)) }
}

/** Opens the rows of an internal database once more, as another process would. */
export async function openRecords(
  internal: InternalDatabase,
  options: { key?: string; isFresh?: boolean; lockTimeoutMs?: number } = {},
): Promise<Pick<ModernPlace, 'records' | 'statements'>> {
  const session = await openDjangoSession(internal, options)
  const keyring = sharedKeyring(options.key ?? internal.secretKey)
  return { records: modernRecords(session, keyring, (write) => write()), statements: session.statements }
}

export function connection(over: Partial<ConnectionSettings> = {}): ConnectionSettings {
  return {
    host: 'db.example.com',
    port: 5432,
    database: 'library',
    user: 'alice',
    password: 'secret of alice',
    sslmode: 'prefer',
    sslrootcert: null,
    sslcert: null,
    sslkey: null,
    options: null,
    ...over,
  }
}

/** Returns a snapshot without ids, times and tokens, which differ between two writers of the same rows. */
export function comparable(
  snapshot: Record<string, Record<string, unknown>[]>,
): Record<string, Record<string, unknown>[]> {
  const ours = Object.entries(snapshot).filter(([table]) => table.startsWith('mathesar_'))
  return Object.fromEntries(
    ours.map(([table, rows]) => [
      table,
      rows.map(({ created_at: _created, updated_at: _updated, password, token: _token, ...rest }) => ({
        ...rest,
        ...(table === 'mathesar_configuredrole' ? { password: password === null ? null : 'token' } : {}),
      })),
    ]),
  )
}
