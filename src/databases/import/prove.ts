import { OperatorError } from '../../errors.ts'
import { describeServer } from '../../postgres/describe.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { checkTarget, type Target } from '../check-target.ts'
import type { RunOptions } from '../events.ts'
import { type InternalDatabase, refuseInternalByName } from '../internal-target.ts'
import { MOST_CONNECTIONS, mapConcurrently } from '../map-concurrently.ts'
import { withOpen, withStoredPassword } from '../open.ts'
import type { FailedEntry, ProvedEntry, SourceEntry } from './types.ts'

/**
 * Proves entries by a connection each, several at the same time. Returns those that work with what their
 * servers report, and those that do not with their errors. Errors: the reason of the signal.
 */
export async function proveEntries(
  entries: readonly SourceEntry[],
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<{ proved: ProvedEntry[]; failed: FailedEntry[] }> {
  const passwords = await choosePasswords(entries, options)
  const outcomes = await mapConcurrently(entries, MOST_CONNECTIONS, async (entry) => {
    const password = passwords.get(entry) ?? entry.settings.password
    const settings = { ...entry.settings, password }
    try {
      const target = await proveSettings(settings, internal, aboutEntry(entry.name, options))
      return { entry, settings, target }
    } catch (error) {
      return failedEntry(entry.name, settings, error)
    }
  })
  return {
    proved: outcomes.filter((outcome) => 'target' in outcome),
    failed: outcomes.filter((outcome) => 'error' in outcome),
  }
}

/** Connects and checks the database as an add does. Errors: those of connecting and of `checkTarget`. */
export async function proveSettings(
  settings: ConnectionSettings,
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<Target> {
  refuseInternalByName(settings, internal)
  return withOpen(settings, withStoredPassword(options), (session) =>
    checkTarget(session, internal, withStoredPassword(options)),
  )
}

/** Returns an entry that failed; throws an error that ends the whole run. */
export function failedEntry(name: string, place: ConnectionSettings, error: unknown): FailedEntry {
  if (!(error instanceof OperatorError) || error.code === 'ABORTED') throw error
  const { host, port, database, user } = place
  return { name, place: { host, port, database, user }, error }
}

/** Returns options whose events name the database; checks that passed are not reported. */
export function aboutEntry(name: string, { onProgress, ...options }: RunOptions): RunOptions {
  if (onProgress === undefined) return options
  return {
    ...options,
    onProgress: (event) => {
      if (event.type !== 'check') onProgress({ ...event, database: name })
    },
  }
}

/** How many databases of a server one password is tried with: the first may have been dropped. */
const TRIED_ENTRIES = 3

/**
 * Returns the password of each entry that shares its role and server with entries of another password: the
 * one that logs in, or the newest of several that do. An entry that is missing has its own.
 */
async function choosePasswords(
  entries: readonly SourceEntry[],
  options: RunOptions,
): Promise<Map<SourceEntry, string | null>> {
  const byRole = Map.groupBy(entries, ({ settings: { host, port, user } }) =>
    JSON.stringify([host, port, user]),
  )
  const groups = [...byRole.values()].filter((group) => distinctPasswords(group).length > 1)
  const chosen = await mapConcurrently(groups, MOST_CONNECTIONS, async (group) => {
    const password = await choosePassword(group, options)
    return group.map((entry) => [entry, password] as const)
  })
  return new Map(chosen.flat().flatMap(([entry, password]) => (password ? [[entry, password.text]] : [])))
}

/** Returns the passwords of entries, that of the newest row first. */
function distinctPasswords(entries: readonly SourceEntry[]): (string | null)[] {
  const newestFirst = entries.toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))
  return [...new Set(newestFirst.map(({ settings }) => settings.password))]
}

/** Returns `null` if none logs in: each entry then reports why its own does not. */
async function choosePassword(
  group: readonly SourceEntry[],
  options: RunOptions,
): Promise<{ text: string | null } | null> {
  const passwords = distinctPasswords(group)
  const admitted: (string | null)[] = []
  for (const text of passwords) if (await logsIn(group, text, options)) admitted.push(text)
  const [text] = admitted
  if (text === undefined) return null
  const [{ settings }] = group as [SourceEntry]
  const origin = group.find((entry) => entry.settings.password === text)
  options.onProgress?.({
    type: 'warning',
    message:
      `The source has ${passwords.length} passwords of role "${settings.user}" on ` +
      `${describeServer(settings)}: that of "${origin?.name}" is used for all its databases, ` +
      `${admitted.length === 1 ? 'because the server accepts no other' : 'the newest that the server accepts'}.`,
    hint: '',
  })
  return { text }
}

async function logsIn(
  group: readonly SourceEntry[],
  password: string | null,
  { onProgress: _quiet, ...options }: RunOptions,
): Promise<boolean> {
  const ownFirst = group.toSorted(
    (a, b) => Number(b.settings.password === password) - Number(a.settings.password === password),
  )
  for (const { settings } of ownFirst.slice(0, TRIED_ENTRIES)) {
    try {
      await withOpen({ ...settings, password }, withStoredPassword(options), async () => {})
      return true
    } catch (error) {
      if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
      if (error.code === 'AUTHENTICATION_FAILED' || error.code === 'USAGE') return false
    }
  }
  return false
}
