import type { RunOptions } from '../databases/events.ts'
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
