import { OperatorError } from '../../errors.ts'
import { type SessionOptions, withSession } from '../../postgres/connect.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'

/**
 * Returns those of two settings that a server admits; the first ones if it admits neither, or can't be
 * reached, so that whoever connects next reports that. Releases of Mathesar read user names and passwords
 * with percent signs in different ways, and the settings do not show the release.
 *
 * Errors: the reason of the signal.
 */
export async function fittingSettings(
  literal: ConnectionSettings,
  decoded: ConnectionSettings,
  options: SessionOptions,
): Promise<ConnectionSettings> {
  const isRefused = (await attempt(literal, options)) === 'refused'
  return isRefused && (await attempt(decoded, options)) === 'admitted' ? decoded : literal
}

async function attempt(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<'admitted' | 'refused' | 'failed'> {
  try {
    await withSession(settings, options, async () => {})
    return 'admitted'
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!(error instanceof OperatorError)) throw error
    const isRefusal = error.code === 'AUTHENTICATION_FAILED' || error.code === 'DATABASE_DOES_NOT_EXIST'
    return isRefusal ? 'refused' : 'failed'
  }
}
