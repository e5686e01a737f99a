import { type ErrorCode, OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Store } from '../../store/types.ts'
import { checkTarget, type Target } from '../check-target.ts'
import type { RunOptions } from '../events.ts'
import { type InternalDatabase, refuseInternalByName } from '../internal-target.ts'
import { MOST_CONNECTIONS, mapConcurrently } from '../map-concurrently.ts'
import { withOpen } from '../open.ts'
import { choosePasswords } from './choose-passwords.ts'
import type { HeldWarnings } from './held-warnings.ts'
import type { FailedEntry, ProvedEntry, SourceEntry } from './types.ts'

/**
 * Proves entries by a connection each, several at the same time. Returns those that work with what their
 * servers report, and those that do not with their errors. Errors: those of the store; the reason of the
 * signal.
 */
export async function proveEntries(
  store: Store,
  entries: readonly SourceEntry[],
  internal: readonly InternalDatabase[],
  { held, ...options }: RunOptions & { held: HeldWarnings },
): Promise<{ proved: ProvedEntry[]; failed: FailedEntry[] }> {
  const settled = await choosePasswords(store, entries, { ...options, held })
  const outcomes = await mapConcurrently(entries, MOST_CONNECTIONS, async (entry) => {
    const own = entry.settings
    const chosen = settled.get(entry) ?? own
    const prove = (settings: ConnectionSettings) =>
      proveSettings(settings, internal, aboutEntry(entry.name, options))
    try {
      return await prove(chosen).then(
        (target) => ({ entry, settings: chosen, target }),
        async (error: unknown) => {
          // The password was tried with another database, or the TLS that it demands does not work here.
          if (chosen === own || !isRefusedLogin(error)) throw error
          return { entry, settings: own, target: await prove(own) }
        },
      )
    } catch (error) {
      return failedEntry(entry.name, own, error)
    }
  })
  return {
    proved: outcomes.filter((outcome) => 'target' in outcome),
    failed: outcomes.filter((outcome) => 'error' in outcome),
  }
}

const REFUSED_LOGIN: readonly ErrorCode[] = ['AUTHENTICATION_FAILED', 'USAGE', 'TLS_FAILED']

function isRefusedLogin(error: unknown): boolean {
  return error instanceof OperatorError && REFUSED_LOGIN.includes(error.code)
}

/** Connects and checks the database as an add does. Errors: those of connecting and of `checkTarget`. */
export async function proveSettings(
  settings: ConnectionSettings,
  internal: readonly InternalDatabase[],
  options: RunOptions,
): Promise<Target> {
  refuseInternalByName(settings, internal)
  const reporting = withSourcePassword(options)
  return withOpen(settings, reporting, (session) => checkTarget(session, internal, reporting))
}

/** Returns the options of a connection with a password of the source. */
export function withSourcePassword<T extends RunOptions>(options: T): T {
  return { ...options, passwordSource: { kind: 'stored', isOfSource: true } }
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
