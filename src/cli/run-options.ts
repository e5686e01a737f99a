import type { RunOptions } from '../databases/events.ts'

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

/** Returns the options of a use case from the values that a command has. */
export function runOptions(values: RunValues): RunOptions {
  const { signal, onProgress, connectTimeoutMs, lockTimeoutMs, channelBinding } = values
  const { tls, addresses, passwordSource } = values
  return {
    signal,
    onProgress,
    ...(connectTimeoutMs ? { connectTimeoutMs } : {}),
    ...(lockTimeoutMs ? { lockTimeoutMs } : {}),
    ...(channelBinding ? { channelBinding } : {}),
    ...(tls ? { tls } : {}),
    ...(addresses ? { addresses } : {}),
    ...(passwordSource ? { passwordSource } : {}),
  }
}
