import { type ConnectionSettings, SSL_MODES } from '../postgres/types.ts'
import { type Access, BELONGINGS, type Belongings } from './types.ts'

/** The content of the encrypted part of a journal entry. */
export interface EntryContent {
  settings: ConnectionSettings
  /**
   * Of a removal: the row that it deletes. `null` for an addition, and in entries of versions up to 0.5.0.
   */
  rowId: number | null
  /** Of an addition where Mathesar has users: who is to use the row. */
  access: Access | null
  /** Of an addition that is to create its database. False in entries of versions up to 0.8.0. */
  createsDatabase: boolean
  /** Of a removal: what may go with the row at most; `null` in entries of versions up to 0.8.0. */
  agreed: Belongings | null
}

/** Returns the text that is encrypted. Version 0.5.0 reads it too, and ignores what it does not know. */
export function contentToText({ settings, rowId, access, createsDatabase, agreed }: EntryContent): string {
  const { host, port, database, user, password, sslmode, sslrootcert, sslcert, sslkey, options } = settings
  const connection = { host, port, database, user, password, sslmode, sslrootcert, sslcert, sslkey, options }
  return JSON.stringify({
    ...connection,
    ...(rowId === null ? {} : { rowId }),
    ...(access === null ? {} : { access }),
    ...(createsDatabase ? { createsDatabase } : {}),
    ...(agreed === null ? {} : { agreed }),
  })
}

/** Returns the content of a decrypted entry; `null` if it is not what `contentToText` writes. */
export function contentFromText(text: string): EntryContent | null {
  let read: Partial<Record<keyof ConnectionSettings | Exclude<keyof EntryContent, 'settings'>, unknown>>
  try {
    read = Object(JSON.parse(text))
  } catch {
    return null
  }
  const { host, port, database, user, rowId } = read
  const sslmode = SSL_MODES.find((mode) => mode === read.sslmode)
  if (typeof host !== 'string' || typeof database !== 'string' || typeof user !== 'string') return null
  if (typeof port !== 'number' || sslmode === undefined) return null
  return {
    settings: {
      host,
      port,
      database,
      user,
      password: textOrNull(read.password),
      sslmode,
      sslrootcert: textOrNull(read.sslrootcert),
      sslcert: textOrNull(read.sslcert),
      sslkey: textOrNull(read.sslkey),
      options: textOrNull(read.options),
    },
    rowId: typeof rowId === 'number' ? rowId : null,
    access: accessOrNull(read.access),
    createsDatabase: read.createsDatabase === true,
    agreed: belongingsOrNull(read.agreed),
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function accessOrNull(value: unknown): Access | null {
  const { users, sqlVersion }: Partial<Record<keyof Access, unknown>> = Object(value)
  if (!Array.isArray(users) || typeof sqlVersion !== 'string') return null
  return { users: users.filter((user) => typeof user === 'string'), sqlVersion }
}

function belongingsOrNull(value: unknown): Belongings | null {
  if (typeof value !== 'object' || value === null) return null
  const counts: Partial<Record<keyof Belongings, unknown>> = value
  return Object.fromEntries(BELONGINGS.map((kind) => [kind, Number(counts[kind] ?? 0)]))
}
