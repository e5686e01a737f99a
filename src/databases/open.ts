import { openSession, type SessionOptions } from '../postgres/connect.ts'
import { describeServer, isSocketDirectory } from '../postgres/describe.ts'
import { addressOf } from '../postgres/destination.ts'
import { usableTls } from '../postgres/tls/negotiation.ts'
import type { ConnectionSettings, Session } from '../postgres/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, type RunOptions } from './events.ts'

/** Returns the options of a connection, from those of a use case. */
export function connectOptions(options: RunOptions): SessionOptions {
  const { onProgress } = options
  return {
    timeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.channelBinding ? { channelBinding: options.channelBinding } : {}),
    ...(options.tls ? { tls: options.tls } : {}),
    ...(options.addresses ? { addresses: options.addresses } : {}),
    ...(options.passwordSource ? { passwordSource: options.passwordSource } : {}),
    onDetail: (message) => options.onProgress?.({ type: 'detail', message }),
    onWarning: (message, hint) => options.onProgress?.({ type: 'warning', message, hint }),
    // A wait without a limit needs somebody who is told of it.
    ...(onProgress
      ? { onLock: (holder, seconds) => onProgress({ type: 'lock-wait', holder, seconds }) }
      : {}),
    onSilence: (seconds) => options.onProgress?.({ type: 'silence', seconds }),
  }
}

/**
 * Returns the options of a use case for a connection with stored settings.
 *
 * @param name that of the stored database, where "db edit" can replace a password that is refused
 */
export function withStoredPassword<T extends RunOptions>(options: T, name?: string): T {
  return { ...options, passwordSource: { kind: 'stored', ...(name === undefined ? {} : { name }) } }
}

/**
 * Warns of what is used for this run alone, since a record has no place for it: the address of the host, and
 * how TLS is used.
 */
export function warnOfUnstored(settings: ConnectionSettings, options: RunOptions): void {
  warnOfAddress(settings, options)
  if (isSocketDirectory(settings.host)) return
  const { negotiation, clientCertificate, sni, crl, crlDirectory } = usableTls(
    settings,
    options.tls ?? {},
  ).tls
  const unstored = [
    { parameter: 'sslnegotiation=direct', variable: 'PGSSLNEGOTIATION', isUsed: negotiation === 'direct' },
    { parameter: 'sslcertmode=disable', variable: 'PGSSLCERTMODE', isUsed: clientCertificate === 'disable' },
    { parameter: 'sslsni=0', variable: 'PGSSLSNI', isUsed: sni === false },
    { parameter: `sslcrl=${crl}`, variable: 'PGSSLCRL', isUsed: !!crl },
    { parameter: `sslcrldir=${crlDirectory}`, variable: 'PGSSLCRLDIR', isUsed: !!crlDirectory },
  ]
  for (const { parameter, variable } of unstored.filter(({ isUsed }) => isUsed)) {
    const value = parameter.slice(parameter.indexOf('=') + 1)
    options.onProgress?.({
      type: 'warning',
      message: `The record can't contain ${parameter}: only this run uses it.`,
      hint: `Set ${variable}=${value} for later commands and for Mathesar, if the server needs it.`,
    })
  }
}

function warnOfAddress({ host }: Pick<ConnectionSettings, 'host'>, options: RunOptions): void {
  const known = addressOf(options.addresses, host)
  // What `--address` says is about this machine, so that the record need not contain it.
  if (known?.origin !== 'hostaddr') return
  options.onProgress?.({
    type: 'warning',
    message: `The address ${known.address} (hostaddr) is used by this run alone: the record contains only the host "${host}", which Mathesar looks up by itself.`,
    hint: 'Make sure that Mathesar reaches the server by that name, or pass the address as the host.',
  })
}

/** Opens a connection for a use case; its errors are those of `openSession`. */
export async function open(settings: ConnectionSettings, options: RunOptions): Promise<Session> {
  options.onProgress?.({ type: 'step', step: 'connect', detail: describeTarget(settings) })
  return openSession(settings, connectOptions(options))
}

/** Opens a connection, runs the work and closes the connection, however the work ends. */
export async function withOpen<T>(
  settings: ConnectionSettings,
  options: RunOptions,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  return closing(await open(settings, options), action)
}

/** Runs the work on an open connection and closes the connection, however the work ends. */
export async function closing<T>(session: Session, action: (session: Session) => Promise<T>): Promise<T> {
  try {
    return await action(session)
  } finally {
    await session.close()
  }
}

/** Reports that a connection works, and whether it is encrypted. */
export function reportConnection(
  { isEncrypted }: Session,
  settings: ConnectionSettings,
  options: RunOptions,
): void {
  const detail = `${describeTarget(settings)}, ${isEncrypted ? 'encrypted' : 'not encrypted'}`
  options.onProgress?.({ type: 'check', check: 'connection', detail })
}

/** Returns the target of a connection in words, without the password. */
export function describeTarget(
  settings: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>,
): string {
  return `database "${settings.database}" on ${describeServer(settings)} as role "${settings.user}"`
}
