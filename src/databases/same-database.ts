import { OperatorError } from '../errors.ts'
import { sameDatabase } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings, DatabaseIdentity } from '../postgres/types.ts'
import type { Store, StoredDatabase, StoredSchema } from '../store/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, type RunOptions } from './events.ts'
import { withOpen } from './open.ts'

/** Stored databases that are, or may be, the same database on the same server. */
export interface OtherRecords {
  /** Names of records that lead to the same database, however they spell it. */
  same: string[]
  /** Names of records of a database of that name that could not be compared. */
  unknown: string[]
}

/** Few enough not to use up a small server's slots. */
const AT_ONCE = 16
/** What other records lead to must not hold up the work on this one, in milliseconds. */
const COMPARE_TIMEOUT_MS = 3_000

/**
 * Finds the other stored databases that lead to the same database, by what their servers say of themselves. A
 * record of the same spelling needs no connection. One that can't be asked counts as the same where both are
 * on this machine at the same port.
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
  const verdicts: ('same' | 'other' | 'unknown')[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < candidates.length; index = next++) {
      const other = candidates[index]
      if (other) verdicts[index] = await compare(store, other, settings, identity, options)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, candidates.length) }, worker))
  const named = (verdict: string) =>
    candidates.filter((_, index) => verdicts[index] === verdict).map((other) => other.name)
  return { same: named('same'), unknown: named('unknown') }
}

/** Says that a database that is about to be stored is stored under other names, too. */
export function warnOfOtherRecords(names: readonly string[], options: RunOptions): void {
  if (names.length === 0) return
  options.onProgress?.({
    type: 'warning',
    message: `The same database is stored already, as ${quotedNames(names)}.`,
    hint: 'All its records use the same Mathesar schemas.',
  })
}

/** `"one" and "two"`. */
export function quotedNames(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' and ')
}

/**
 * Sets what is known of the schemas for the other records of a database; one that went meanwhile needs it no
 * more.
 */
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

/** The records that the key opens: a damaged one is no reason to give up the work on another. */
async function readableRecords(store: Store): Promise<StoredDatabase[]> {
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
): Promise<'same' | 'other' | 'unknown'> {
  if (other.host === settings.host && other.port === settings.port) return 'same'
  const { onProgress: _quiet, ...rest } = options
  const connectTimeoutMs = Math.min(
    options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    COMPARE_TIMEOUT_MS,
  )
  try {
    const stored = await store.settings(other.name)
    const facts = await withOpen(stored, { ...rest, connectTimeoutMs }, readServerFacts)
    return sameDatabase(facts.identity, identity) ? 'same' : 'other'
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    // It went meanwhile.
    if (error.code === 'NOT_FOUND') return 'other'
    return other.port === settings.port && isHere(other.host) && isHere(settings.host) ? 'same' : 'unknown'
  }
}

/** Whether a host is this machine, as far as its spelling tells. */
function isHere(host: string): boolean {
  return host.startsWith('/') || host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host)
}
