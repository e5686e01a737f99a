import { OperatorError } from '../../errors.ts'
import { type SessionOptions, withSession } from '../../postgres/connect.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'

/**
 * Returns the first of several settings that a server admits; the first of all if none does, so that whoever
 * connects next reports why. Releases of Mathesar read user names and passwords with percent signs in
 * different ways, and programs read quotes in different ways: the settings alone do not show which is right.
 *
 * Errors: the reason of the signal.
 */
export async function fittingSettings(
  candidates: readonly [ConnectionSettings, ...ConnectionSettings[]],
  options: SessionOptions,
): Promise<ConnectionSettings> {
  const [first] = candidates
  if (candidates.length === 1) return first
  const unreachable = new Set<string>()
  for (const settings of candidates) {
    const server = `${settings.host}:${settings.port}`
    if (unreachable.has(server)) continue
    const outcome = await attempt(settings, options)
    if (outcome === 'admitted') return settings
    if (outcome === 'failed') unreachable.add(server)
  }
  return first
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
