import { usageError } from '../../errors.ts'
import { isSocketDirectory } from '../describe.ts'
import type { ConnectionSettings } from '../types.ts'
import { parameterText, type TlsOptions, withoutOption } from './options.ts'

/** The options for a connection, and what is left out of them. */
export interface UsableTls {
  tls: TlsOptions
  /** A sentence about a variable that is ignored, and what to do; `null` if none is. */
  warning: readonly [message: string, hint: string] | null
}

/**
 * Checks how TLS is to be negotiated: `sslnegotiation=direct` needs a mode that demands TLS, as in libpq; the
 * other modes begin without TLS, or continue without it. Settings that are stored are not refused because of
 * a variable: it is left out for them, and so it is for a Unix socket, which has no TLS.
 *
 * Errors: `USAGE`.
 */
export function usableTls(
  { host, sslmode }: Pick<ConnectionSettings, 'host' | 'sslmode'>,
  options: TlsOptions,
): UsableTls {
  const isPossible = sslmode === 'require' || sslmode.startsWith('verify-')
  if (options.negotiation !== 'direct' || isPossible) return { tls: options, warning: null }
  const problem = `can't be used with sslmode ${sslmode}`
  if (options.areSettingsStored && options.variables?.negotiation !== undefined) {
    const tls: TlsOptions = { ...options, negotiation: 'postgres' }
    if (isSocketDirectory(host)) return { tls, warning: null }
    const message = `The environment variable ${options.variables.negotiation} is ignored: sslnegotiation=direct ${problem}.`
    return { tls, warning: [message, 'Unset it, or store --sslmode require or stronger.'] }
  }
  throw usageError(
    `The parameter ${parameterText(options, 'negotiation')} ${problem}.`,
    `Use --sslmode require, verify-ca or verify-full. Or ${lowerFirst(withoutOption(options, 'negotiation'))}.`,
    'sslmode',
  )
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
