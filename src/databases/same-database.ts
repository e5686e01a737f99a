import { OperatorError } from '../errors.ts'
import { listed } from '../listed.ts'
import { isSameDatabase } from '../postgres/checks.ts'
import { areOneLoopback } from '../postgres/describe.ts'
import { areIndistinct } from '../postgres/destination.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings, DatabaseIdentity } from '../postgres/types.ts'
import type { ConnectionTarget, Store, StoredDatabase, StoredSchema } from '../store/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, type RunOptions } from './events.ts'
import { MOST_CONNECTIONS, mapConcurrently } from './map-concurrently.ts'
import { withOpen } from './open.ts'
import { isSamePlace } from './same-settings.ts'

/** Stored databases that are, or may be, the same database on the same server. */
export interface OtherRecords {
  /** Names of records that lead to the same database, however they spell it. */
  sameNames: string[]
  /** Names of records of a database of that name that could not be compared. */
  unknown: string[]
}

/** The time limit for each other record in milliseconds: its server must not hold up the work on this one. */
const COMPARE_TIMEOUT_MS = 3_000

/** Whether another record is the same database; `unknown` if the two could not be compared. */
type Verdict = 'same' | 'other' | 'unknown'

/**
 * Finds the other stored databases that lead to the same database, by the identity that their servers report.
 * A record with the same host and port needs no connection. One that can't be reached counts as the same
 * where both are on this machine at the same port.
 *
 * Errors: those of the store; the signal's reason.
 */
export async function findOtherRecords(
  store: Store,
  { name, settings, identity }: { name: string; settings: ConnectionSettings; identity: DatabaseIdentity },
  options: RunOptions,
): Promise<OtherRecords> {
  const candidates = (await readableRecords(store)).filter(
    (other) => other.name !== name && other.database === settings.database,
  )
  const verdicts = await mapConcurrently(candidates, MOST_CONNECTIONS, (other) =>
    compare(store, other, settings, identity, options),
  )
  const namesOf = (verdict: Verdict) =>
    candidates.filter((_, index) => verdicts[index] === verdict).map((other) => other.name)
  return { sameNames: namesOf('same'), unknown: namesOf('unknown') }
}

/**
 * Returns the names of the stored databases that spell their server and their database like this connection.
 * Opens no connection. Errors: those of the store.
 */
export async function namesOfSpelling(store: Store, target: ConnectionTarget): Promise<string[]> {
  const records = await readableRecords(store)
  return records.filter((other) => isSamePlace(other, target)).map(({ name }) => name)
}

/** Warns that a database that is about to be stored is also stored under other names. */
export function warnOfOtherRecords(names: readonly string[], options: RunOptions): void {
  if (names.length === 0) return
  options.onProgress?.({
    type: 'warning',
    message: `The same database is stored already, as ${quotedNames(names)}.`,
    hint: 'All its records use the same Mathesar schemas.',
  })
}

/** `"one" and "two"`, or `"one", "two" and "three"`. */
export function quotedNames(names: readonly string[]): string {
  return listed(names.map((name) => `"${name}"`))
}

/** Stores the schemas of a database for its other records; skips those that another run removed meanwhile. */
export async function setSchemaOfOthers(
  store: Store,
  names: readonly string[],
  schema: StoredSchema | null,
): Promise<void> {
  for (const name of names) {
    try {
      await store.setSchema(name, schema)
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'NOT_FOUND') throw error
    }
  }
}

/** Returns the records that the key decrypts: a damaged one must not prevent work on another. */
export async function readableRecords(store: Store): Promise<StoredDatabase[]> {
  try {
    return await store.list()
  } catch (error) {
    if (!isMismatch(error)) throw error
  }
  const records: StoredDatabase[] = []
  for (const name of await store.names()) {
    const record = await store.find(name).catch((error: unknown) => {
      if (!isMismatch(error)) throw error
      return null
    })
    if (record) records.push(record)
  }
  return records
}

function isMismatch(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH'
}

async function compare(
  store: Store,
  other: StoredDatabase,
  settings: ConnectionSettings,
  identity: DatabaseIdentity,
  options: RunOptions,
): Promise<Verdict> {
  if (other.host === settings.host && other.port === settings.port) return 'same'
  if (areIndistinct(other, settings, options.addresses)) return 'unknown'
  const { onProgress: _quiet, ...rest } = options
  const connectTimeoutMs = Math.min(
    options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    COMPARE_TIMEOUT_MS,
  )
  try {
    const stored = await store.settings(other.name)
    const facts = await withOpen(stored, { ...rest, connectTimeoutMs }, readServerFacts)
    return isSameDatabase(facts.identity, identity) ? 'same' : 'other'
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    // Another run removed it meanwhile.
    if (error.code === 'NOT_FOUND') return 'other'
    return other.port === settings.port && areOneLoopback(other.host, settings.host) ? 'same' : 'unknown'
  }
}
