import { OperatorError, usageError } from '../../errors.ts'
import { isSameDatabase } from '../../postgres/checks.ts'
import { readServerFacts } from '../../postgres/facts.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { LiveOptions } from '../../store/types.ts'
import { withOpen } from '../open.ts'
import { isSamePlace } from '../same-settings.ts'

/** How an internal database on PostgreSQL is reached. */
export type ReachedInternal = Pick<LiveOptions, 'settings' | 'connect'>

/** Returns the error for an import from the internal database in use. */
export function sameSource(): OperatorError {
  return usageError(
    'The source of the import is the internal database in use.',
    'Name another one with --from. The one in use is named by --internal-db, --env-file or the configuration file: "setup" shows which it is.',
    'from',
  )
}

/**
 * Refuses a source that is the internal database in use, however its server is spelled. One that can't be
 * compared passes here: whoever opens it reports why. Errors: `USAGE`; the reason of the signal.
 */
export async function refuseSameInternal(
  source: ReachedInternal,
  used: ReachedInternal,
  signal: AbortSignal,
): Promise<void> {
  if (source.settings.database !== used.settings.database) return
  if (isSamePlace(source.settings, used.settings)) throw sameSource()
  const [one, other] = [await identityOf(source, signal), await identityOf(used, signal)]
  if (one !== null && other !== null && isSameDatabase(one, other)) throw sameSource()
}

async function identityOf({ settings, connect }: ReachedInternal, signal: AbortSignal) {
  const { timeoutMs, tls, addresses, channelBinding } = connect
  const options = {
    connectTimeoutMs: timeoutMs,
    signal,
    ...(tls ? { tls } : {}),
    ...(addresses ? { addresses } : {}),
    ...(channelBinding ? { channelBinding } : {}),
  }
  try {
    const { identity } = await withOpen(settings as ConnectionSettings, options, readServerFacts)
    return identity
  } catch (error) {
    if (!(error instanceof OperatorError) || signal.aborted) throw error
    return null
  }
}
