import { OperatorError } from '../../errors.ts'
import { type SessionOptions, withSession } from '../../postgres/connect.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'

/**
 * Returns those of two settings that a server admits. Releases of Mathesar read user names and passwords with
 * percent signs in different ways, and the settings do not show the release.
 *
 * Errors: those of connecting with the first settings, if the server admits neither.
 */
export async function fittingSettings(
  literal: ConnectionSettings,
  decoded: ConnectionSettings,
  options: SessionOptions,
): Promise<ConnectionSettings> {
  const refusal = await refusalOf(literal, options)
  if (refusal === null) return literal
  if ((await refusalOf(decoded, options)) === null) return decoded
  throw refusal
}

/** Returns the error of a server that refuses the credentials or the database; `null` if it admits them. */
async function refusalOf(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<OperatorError | null> {
  try {
    await withSession(settings, options, async () => {})
    return null
  } catch (error) {
    const isRefusal =
      error instanceof OperatorError &&
      ['AUTHENTICATION_FAILED', 'DATABASE_DOES_NOT_EXIST'].includes(error.code)
    if (!isRefusal) throw error
    return error
  }
}
