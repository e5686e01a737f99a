import { OperatorError, usageError } from '../../errors.ts'
import { isSameDatabase } from '../../postgres/checks.ts'
import { readServerFacts } from '../../postgres/facts.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { LiveOptions } from '../../store/types.ts'
import { withOpen } from '../open.ts'
import { isSamePlace } from '../same-settings.ts'

/** How an internal database on PostgreSQL is reached. */
export type ReachedInternal = Pick<LiveOptions, 'settings' | 'connect'>

/** The internal database in use, and what names it: a flag, a variable, a file, or `default`. */
export interface UsedInternal {
  location: string | null
  source: string
}

/** Returns the error for an import from the internal database in use. */
export function sameSource({ location, source }: UsedInternal): OperatorError {
  return usageError(
    `The source of the import is the internal database in use: ${location} (${source}).`,
    'Name another source with --from, or the internal database to import into with --internal-db or --env-file.',
    'from',
  )
}

/**
 * Refuses a source that is the internal database in use, however its server is spelled. One that can't be
 * compared passes here: whoever opens it reports why. Errors: `USAGE`; the reason of the signal.
 */
export async function refuseSameInternal(
  source: ReachedInternal,
  used: ReachedInternal & { named: UsedInternal },
  signal: AbortSignal,
): Promise<void> {
  if (source.settings.database !== used.settings.database) return
  if (isSamePlace(source.settings, used.settings)) throw sameSource(used.named)
  const [one, other] = [await identityOf(source, signal), await identityOf(used, signal)]
  if (one !== null && other !== null && isSameDatabase(one, other)) throw sameSource(used.named)
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
