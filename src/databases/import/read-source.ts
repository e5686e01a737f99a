import { OperatorError } from '../../errors.ts'
import { nearestFirst } from '../../nearest.ts'
import { isTokenLike } from '../../secrets/fernet.ts'
import { BELONGINGS, type Belongings, type Store, type StoredDatabase } from '../../store/types.ts'
import { storedRoles } from '../acting-role.ts'
import type { RunOptions } from '../events.ts'
import { quotedNames } from '../same-database.ts'
import { resolveStoredName } from '../stored-name.ts'
import type { FailedEntry, SourceContents, SourceEntry } from './types.ts'

/** What a record is made of, and an import stores again. */
const COPIED: readonly (keyof Belongings)[] = ['roles', 'servers']

/**
 * Reads the databases of an internal database, each with the roles that its users have, and warns of
 * interrupted operations in its journal. What its key does not open, or what no connection can be opened
 * with, is listed as failed. Errors: `NOT_FOUND` and `USAGE` for a name; those of the store.
 *
 * @param given the names of the databases; empty for all
 */
export async function readSource(
  source: Store,
  given: readonly string[],
  options: RunOptions,
): Promise<SourceContents> {
  await warnOfInterrupted(source, options)
  const stored = await source.names()
  const resolved = await Promise.all(given.map((name) => resolveStoredName(source, name)))
  for (const name of resolved) if (!stored.includes(name)) throw notInSource(name, stored)
  const contents: SourceContents = { entries: [], failed: [], notCopied: {} }
  const names = given.length > 0 ? [...new Set(resolved)] : stored
  await warnOfPlainText(source, names, options)
  for (const name of names) {
    options.signal?.throwIfAborted()
    await readDatabase(source, name, contents)
    addUp(contents.notCopied, await source.belongings(name))
  }
  return contents
}

/** How many names of the source a hint lists. */
const MOST_LISTED = 5

/** Returns the error for a name that the source does not store, with the most similar ones that it does. */
function notInSource(name: string, stored: readonly string[]): OperatorError {
  const listedNames = quotedNames(nearestFirst(name, stored).slice(0, MOST_LISTED))
  const others = stored.length - MOST_LISTED
  const hint =
    stored.length === 0
      ? 'The source stores no database. Name another one with --from.'
      : `The source stores ${listedNames}${others > 0 ? `, and ${others} more` : ''}.`
  const message = `The source stores no database under the name ${JSON.stringify(name)}.`
  return new OperatorError('NOT_FOUND', message, hint, { field: 'name' })
}

async function warnOfInterrupted(source: Store, { onProgress }: RunOptions): Promise<void> {
  const names = (await source.interrupted()).map(({ name }) => name)
  if (names.length === 0) return
  onProgress?.({
    type: 'warning',
    message: `The journal of ${source.location} has interrupted operations: on ${quotedNames(names)}.`,
    hint: 'The import leaves them as they are. Finish them first, with a command that writes to that internal database.',
  })
}

/** Warns of credentials that somebody stored by hand, which Mathesar reads too. */
async function warnOfPlainText(
  source: Store,
  names: readonly string[],
  { onProgress }: RunOptions,
): Promise<void> {
  const plain = (await source.sealedValues()).filter(
    ({ kind, name, databases = [], text }) =>
      text !== '' &&
      !isTokenLike(text) &&
      (kind === 'role' ? databases.some((one) => names.includes(one)) : names.includes(name)) &&
      (kind === 'role' || kind === 'database'),
  )
  if (plain.length === 0) return
  const owners = [...new Set(plain.map(({ name }) => name))]
  onProgress?.({
    type: 'warning',
    message: `Not encrypted in the source: the credentials of ${quotedNames(owners)}.`,
    hint:
      'The import encrypts what it stores. Whoever could read that internal database can know the ' +
      'passwords: change them.',
  })
}

/** Adds the entries of a database to the contents. */
async function readDatabase(source: Store, name: string, contents: SourceContents): Promise<void> {
  let record: StoredDatabase | null
  try {
    record = await source.find(name)
  } catch (error) {
    contents.failed.push({ name, place: null, error: unopened(error, name) })
    return
  }
  // Another run removed it meanwhile.
  if (record === null) return
  const problem = unusable(record)
  if (problem !== null) {
    contents.failed.push({ name, place: record, error: problem })
    return
  }
  for (const role of usedRoles(record)) {
    const read = await readEntry(source, record, role)
    if ('error' in read) contents.failed.push(read)
    else contents.entries.push(read)
  }
}

/** Returns the roles that users of a database have, the first one first; its only one without users. */
function usedRoles(record: StoredDatabase): string[] {
  const { user, access = [] } = record
  return [...new Set([user, ...access.map(({ role }) => role)])]
}

async function readEntry(
  source: Store,
  record: StoredDatabase,
  role: string,
): Promise<SourceEntry | FailedEntry> {
  const { name, id, updatedAt, user, confirmedVersion = null } = record
  try {
    const settings = await source.settings(name, source.capabilities.hasServers ? role : undefined)
    return { name, id, settings, updatedAt, isFirst: role === user, sqlVersion: confirmedVersion }
  } catch (error) {
    return { name, place: { ...record, user: role }, error: unopened(error, name) }
  }
}

/** Returns the error of an entry that the source's key does not open; throws all others. */
function unopened(error: unknown, name: string): OperatorError {
  if (!(error instanceof OperatorError) || error.code !== 'SECRET_KEY_MISMATCH') throw error
  return error.with({
    message: `The secret key of the source does not open the credentials of "${name}".`,
    hint: 'Pass the key that they were encrypted with in --from-secret-key-file, or add the database with "mathesarctl db add".',
  })
}

/** Returns why nobody can connect with a record, as rows of Mathesar allow; `null` if one can try. */
function unusable(record: StoredDatabase): OperatorError | null {
  const { name, host } = record
  const add = 'Add the database with "mathesarctl db add".'
  if (host === '') {
    return new OperatorError('CONNECTION_FAILED', `The source stores no server for "${name}".`, add)
  }
  if (storedRoles(record).length > 0) return null
  return new OperatorError('AUTHENTICATION_FAILED', `The source stores no role for "${name}".`, add)
}

function addUp(sum: Belongings, counts: Belongings): void {
  for (const kind of BELONGINGS) {
    const count = counts[kind] ?? 0
    if (count > 0 && !COPIED.includes(kind)) sum[kind] = (sum[kind] ?? 0) + count
  }
}
