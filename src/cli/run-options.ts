import type { RunOptions } from '../databases/events.ts'
import { environmentTimeout, environmentTls } from '../databases/interface/connection-settings.ts'
import type { Invocation } from './invocation.ts'
import { type Addresses, overrideAddresses } from './settings/addresses.ts'

/** The values that a command has for the options of a use case; `null` and `undefined` leave the default. */
export interface RunValues {
  signal: AbortSignal
  onProgress: NonNullable<RunOptions['onProgress']>
  connectTimeoutMs?: number | null | undefined
  lockTimeoutMs?: number | undefined
  channelBinding?: RunOptions['channelBinding'] | null | undefined
  tls?: RunOptions['tls']
  addresses?: RunOptions['addresses']
  passwordSource?: RunOptions['passwordSource']
}

/** The flags of a command on stored databases that state how long it waits, in milliseconds. */
interface WaitFlags {
  connectTimeout?: number | undefined
  lockTimeout?: number | undefined
}

/**
 * Returns the options of a use case on stored databases: what their records do not state comes from the flags
 * and the environment.
 */
export function storedRunOptions(
  { env, globals, signal, terminal }: Pick<Invocation, 'env' | 'globals' | 'signal' | 'terminal'>,
  { connectTimeout, lockTimeout }: WaitFlags,
  onProgress: RunValues['onProgress'],
): RunOptions {
  return runOptions(
    {
      connectTimeoutMs: connectTimeout ?? environmentTimeout(env),
      tls: environmentTls(env, terminal.warn),
      lockTimeoutMs: lockTimeout,
      signal,
      onProgress,
    },
    globals.addresses,
  )
}

/**
 * Returns the options of a use case from the values that a command has.
 *
 * @param addresses where this machine reaches hosts (`Globals.addresses`); they outrank a `hostaddr`
 */
export function runOptions(values: RunValues, addresses: Addresses): RunOptions {
  const { signal, onProgress, connectTimeoutMs, lockTimeoutMs, channelBinding } = values
  const { tls, passwordSource } = values
  return {
    signal,
    onProgress,
    ...(connectTimeoutMs ? { connectTimeoutMs } : {}),
    ...(lockTimeoutMs ? { lockTimeoutMs } : {}),
    ...(channelBinding ? { channelBinding } : {}),
    ...(tls ? { tls } : {}),
    addresses: overrideAddresses(values.addresses ?? new Map(), addresses),
    ...(passwordSource ? { passwordSource } : {}),
  }
}
