import { compose } from '../../postgres/compose.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Credentials, Keyring } from '../credentials.ts'
import { fromTextTime } from '../django/time.ts'
import type { DjangoSession, WithCurrentKey } from '../django/types.ts'
import { untilWritten } from '../django/write.ts'
import { nameTaken, notFound, recordChanged } from '../errors.ts'
import { findProof } from '../key-proof.ts'
import { isSameTarget } from '../target.ts'
import type { Deletion, Records, StoredRecord } from '../types.ts'
import { countBelongings, deleteStatement } from './belongings.ts'
import insertSql from './insert.sql'
import rowsSql from './rows.sql'
import updateSql from './update.sql'

/** A row of `mathesar_database`; user and password are encrypted. Tuples are read fastest. */
type Row = [
  id: number,
  name: string,
  host: string,
  port: number,
  database: string,
  encryptedUser: string,
  encryptedPassword: string,
  createdAt: string,
  updatedAt: string,
]

/** The rows as they were read, in the order of their names. */
interface Rows {
  all: readonly Row[]
  named(name: string): Row | null
  withId(id: number): Row | null
}

/** What a session remembers the rows by. */
const ROWS = 'legacy rows'

/**
 * The rows of a Mathesar 0.1.4 to 0.1.7, which have one user, one password and a unique name each. A command
 * works with what it read first, and every write compares that with the row that it locks.
 */
export function legacyRecords(
  session: DjangoSession,
  keyring: Keyring,
  withCurrentKey: WithCurrentKey,
): Records {
  const schema = quoteIdentifier(session.layout.schema)
  const readRows = () => session.remember(ROWS, () => queryRows(session, schema))
  const rowNamed = async (name: string) => (await readRows()).named(name)
  return {
    async list() {
      const { all } = await readRows()
      return all.length === 0 ? [] : toStored(all, await keyring.unlock())
    },
    async find(name) {
      const row = await rowNamed(name)
      return row && one(row, await keyring.unlock())
    },
    async names() {
      return (await readRows()).all.map(([, name]) => name)
    },
    async idOf(name) {
      return (await rowNamed(name))?.[0] ?? null
    },
    async exists(id) {
      return (await readRows()).withId(id) !== null
    },
    async namesFor(given) {
      return (await rowNamed(given)) === null ? [] : [given]
    },
    async match(name, target) {
      const row = await rowNamed(name)
      if (row === null) return null
      const record = one(row, await keyring.unlock())
      return { record, isSame: isSameTarget(record, target) }
    },
    async settings(name) {
      const row = await rowNamed(name)
      return row && { id: row[0], settings: toSettings(row, await keyring.unlock()) }
    },
    async verifyKey() {
      const { all } = await readRows()
      return findProof(tokensIn(all), await keyring.unlock()) !== null
    },
    async insert(name, settings) {
      const credentials = await keyring.unlock()
      const { host, port, database, user, password } = settings
      const encrypted = [credentials.encrypt(user), credentials.encrypt(password)] as const
      const values = [name, host, port, database, ...encrypted] as const
      return untilWritten(async () => {
        const rows = await readRows()
        if (rows.named(name) !== null) throw nameTaken(name)
        const proof = findProof(tokensIn(rows.all), credentials)
        const write = () => session.write<Written>(compose(insertSql, { schema }), [...values, proof])
        const [written] = await untilFree(name, () => (proof === null ? withCurrentKey(write) : write()))
        return written ? one(toRow([written], values), credentials) : null
      }, session)
    },
    async update(name, changes, rename, { expected } = {}) {
      const credentials = await keyring.unlock()
      return untilWritten(async () => {
        const rows = await readRows()
        const row = rows.named(name)
        if (row === null) throw notFound(name)
        // It decrypts no password: a damaged one can be replaced.
        if (expected && !isSameTarget(expected, one(row, credentials))) throw recordChanged(name)
        if (rename !== name && rows.named(rename) !== null) throw nameTaken(rename)
        const values = [rename, ...changedValues(row, changes, credentials)] as const
        const [written] = await untilFree(rename, () =>
          session.write<Written>(compose(updateSql, { schema }), [row[0], ...values, expectedRow(row)]),
        )
        return written ? one(toRow([written], values), credentials) : null
      }, session)
    },
    // Mathesar 0.1.x records no version.
    reread: () => session.forget(),
    async confirmVersion(name) {
      if ((await rowNamed(name)) === null) throw notFound(name)
    },
    async delete(id, target, agreed) {
      const credentials = target && (await keyring.unlock())
      return untilWritten(async (): Promise<Deletion | null> => {
        const row = target ? (await readRows()).withId(id) : null
        if (target && row === null) return 'missing'
        if (target && row && credentials && !isSameTarget(target, toSettings(row, credentials)))
          return 'changed'
        const [outcome] = await session.write<{ found: number; is_grown: boolean; deleted: number }>(
          deleteStatement(session.layout),
          [id, row && expectedRow(row), agreed ? JSON.stringify(agreed) : null],
        )
        if (!outcome || outcome.found === 0) return 'missing'
        if (outcome.is_grown) return 'grown'
        return outcome.deleted > 0 ? 'deleted' : null
      }, session)
    },
    async belongings(name) {
      const row = await rowNamed(name)
      if (row === null) throw notFound(name)
      return countBelongings(session, row[0])
    },
    // Mathesar 0.1.x gives rights on a database to users, and none to them on its role.
    async users() {
      return []
    },
    async servers() {
      return []
    },
  }
}

function tokensIn(rows: readonly Row[]): string[] {
  return rows.flatMap((row) => [row[5], row[6]])
}

/** What a statement that writes a row returns of it. */
interface Written {
  id: number
  times: [createdAt: string, updatedAt: string]
}

async function queryRows({ query }: DjangoSession, schema: string): Promise<Rows> {
  const [answer] = await query<{ rows: Row[] | null }>(compose(rowsSql, { schema }))
  const all = (answer?.rows ?? []).sort(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    all,
    named: (name) => all.find((row) => row[1] === name) ?? null,
    withId: (id) => all.find((row) => row[0] === id) ?? null,
  }
}

/** Errors: `NAME_TAKEN` if another session stored a row of that name meanwhile. */
async function untilFree<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    if (isDatabaseError(error) && error.code === '23505') throw nameTaken(name)
    throw error
  }
}

/** Returns host, port, database, user and password of a changed row; values that stay keep their tokens. */
function changedValues(
  [, , host, port, database, encryptedUser, encryptedPassword]: Row,
  changes: Partial<ConnectionSettings>,
  credentials: Credentials,
): readonly [string, number, string, string, string] {
  const isKept = (plain: string | null, encrypted: string) =>
    credentials.canDecrypt(encrypted) === true && credentials.decrypt(encrypted, '') === (plain ?? '')
  const replaced = (plain: string | null | undefined, encrypted: string) =>
    plain === undefined || isKept(plain, encrypted) ? encrypted : credentials.encrypt(plain)
  return [
    changes.host ?? host,
    changes.port ?? port,
    changes.database ?? database,
    replaced(changes.user, encryptedUser),
    replaced(changes.password, encryptedPassword),
  ]
}

/** Returns the values that a row must still have, as the statements read them. */
function expectedRow([, name, host, port, database, encryptedUser, encryptedPassword]: Row): string {
  return JSON.stringify([name, host, port, database, encryptedUser, encryptedPassword])
}

function toRow(
  written: readonly Written[],
  values: readonly [string, string, number, string, string, string],
): Row {
  const [row] = written
  if (row === undefined) throw new Error('the statement wrote no row')
  return [row.id, ...values, ...row.times]
}

function one(row: Row, credentials: Credentials): StoredRecord {
  const [record] = toStored([row], credentials)
  if (record === undefined) throw new Error('a row without a record')
  return record
}

/** Decrypts the user names of rows. Errors: `SECRET_KEY_MISMATCH`. */
function toStored(rows: readonly Row[], credentials: Credentials): StoredRecord[] {
  const users = credentials.decryptAll(
    rows.map((row) => row[5]),
    (index) => rows[index]?.[1] ?? '',
  )
  return rows.map(([id, name, host, port, database, , , createdAt, updatedAt], index) => ({
    id,
    name,
    host,
    port,
    database,
    user: users[index] ?? '',
    // Mathesar 0.1.x has no sslmode of its own, and connects like libpq.
    sslmode: 'prefer',
    sslrootcert: null,
    createdAt: fromTextTime(createdAt),
    updatedAt: fromTextTime(updatedAt),
  }))
}

/** Decrypts the settings of a row. A password that is stored as the empty text is none. */
function toSettings(row: Row, credentials: Credentials): ConnectionSettings {
  const [, name, host, port, database, encryptedUser, encryptedPassword] = row
  const password = credentials.decrypt(encryptedPassword, name)
  return {
    host,
    port,
    database,
    user: credentials.decrypt(encryptedUser, name),
    password: password === '' ? null : password,
    sslmode: 'prefer',
    sslrootcert: null,
    sslcert: null,
    sslkey: null,
    options: null,
  }
}
