import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_LOCK_TIMEOUT_MS } from '../../databases/events.ts'
import { fittingSettings } from '../../databases/live/fitting-settings.ts'
import type { SessionOptions } from '../../postgres/connect.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { LiveOptions } from '../../store/types.ts'
import type { Reporter } from '../terminal.ts'
import { overrideAddresses } from './addresses.ts'
import type { Globals } from './globals.ts'
import type { LiveMathesar } from './live.ts'

/** The run that opens the internal database. */
export interface LiveRun {
  signal?: AbortSignal
  reporter?: Pick<Reporter, 'warn' | 'trace'>
  /** Milliseconds; by default what the settings state. */
  timeoutMs?: number
}

/** The settings with which a server admitted a live Mathesar: a run opens its database repeatedly. */
const fitting = new WeakMap<LiveMathesar, ConnectionSettings>()

/**
 * Returns how the internal database of the live Mathesar is reached and used; `undefined` where the internal
 * database is a file. Warns of what the operator should know about the settings.
 *
 * Errors: the reason of the signal.
 */
export async function liveOptions(
  globals: Pick<Globals, 'live' | 'addresses' | 'journal' | 'acceptUnknownLayout' | 'files'>,
  run: LiveRun,
): Promise<LiveOptions | undefined> {
  const { live } = globals
  if (live === null) return undefined
  for (const { message, hint } of live.warnings) run.reporter?.warn(message, hint)
  const connect = sessionOptions(live, globals.addresses, run)
  const settings = fitting.get(live) ?? (await fittingSettings([live.settings, ...live.others], connect))
  fitting.set(live, settings)
  return {
    settings,
    connect,
    lockTimeoutMs: DEFAULT_LOCK_TIMEOUT_MS,
    journal: globals.journal,
    journalDirectory: globals.files.journals,
    acceptUnknownLayout: globals.acceptUnknownLayout,
  }
}

/** Returns the connection to the internal database of a live Mathesar, as far as the run knows it. */
export function knownSettings(live: LiveMathesar): ConnectionSettings {
  return fitting.get(live) ?? live.settings
}

function sessionOptions(
  live: LiveMathesar,
  addresses: Globals['addresses'],
  { signal, reporter, timeoutMs }: LiveRun,
): SessionOptions {
  const { channelBinding, tls, passwordSource } = live
  return {
    timeoutMs: timeoutMs ?? live.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    addresses: overrideAddresses(live.addresses, addresses),
    tls,
    channelBinding,
    passwordSource,
    ...(signal ? { signal } : {}),
    ...(reporter ? { onDetail: reporter.trace, onWarning: reporter.warn } : {}),
  }
}
