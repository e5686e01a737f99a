import { openSession, type SessionOptions } from '../postgres/connect.ts'
import type { ConnectionSettings, Session } from '../postgres/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, type RunOptions } from './events.ts'

/** Returns the options of a connection, from those of a use case. */
export function connectOptions(options: RunOptions): SessionOptions {
  return {
    timeoutMs: options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.channelBinding ? { channelBinding: options.channelBinding } : {}),
    ...(options.addresses ? { addresses: options.addresses } : {}),
    ...(options.passwordSource ? { passwordSource: options.passwordSource } : {}),
    onDetail: (message) => options.onProgress?.({ type: 'detail', message }),
    onWarning: (message, hint) => options.onProgress?.({ type: 'warning', message, hint }),
  }
}

/** Returns the options of a use case for a connection with stored settings. */
export function withStoredPassword<T extends RunOptions>(options: T): T {
  return { ...options, passwordSource: { kind: 'stored' } }
}

/**
 * Warns that an address is used for this run alone: a record has a host, and no place for its address. There
 * is nothing to warn of if the host is looked up.
 */
export function warnOfAddress({ host }: Pick<ConnectionSettings, 'host'>, options: RunOptions): void {
  const address = options.addresses?.get(host)
  if (address === undefined) return
  options.onProgress?.({
    type: 'warning',
    message: `The address ${address} (hostaddr) is used by this run alone: the record contains only the host "${host}", which Mathesar looks up by itself.`,
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
  const session = await open(settings, options)
  try {
    return await action(session)
  } finally {
    await session.close()
  }
}

/** Returns the target of a connection in words, without the password. */
export function describeTarget(
  settings: Pick<ConnectionSettings, 'host' | 'port' | 'database' | 'user'>,
): string {
  const place = settings.host.startsWith('/')
    ? `socket ${settings.host} (${settings.port})`
    : `${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${settings.port}`
  return `database "${settings.database}" on ${place} as role "${settings.user}"`
}
