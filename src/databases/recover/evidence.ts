import { OperatorError } from '../../errors.ts'
import { isSameDatabase } from '../../postgres/checks.ts'
import { reopenDatabase } from '../../postgres/database/reopen.ts'
import { connectionReason } from '../../postgres/errors.ts'
import { readServerFacts } from '../../postgres/facts.ts'
import { isDatabaseError, toOperatorError } from '../../postgres/sqlstate.ts'
import type { ConnectionSettings, DatabaseIdentity, Session } from '../../postgres/types.ts'
import { SAFE_SETTINGS } from '../../schema/inspect/catalog.ts'
import { readSchemaState } from '../../schema/inspect/state.ts'
import { WAIT_FOR_LOCK_SQL } from '../../schema/session/advisory-lock.ts'
import { decodeHolder } from '../../schema/session/lock-holder.ts'
import type { SchemaState } from '../../schema/types.ts'
import type { CommitMark, HeldOperation } from '../../store/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, DEFAULT_LOCK_TIMEOUT_MS, type RunOptions } from '../events.ts'
import { connectOptions, withOpen, withStoredPassword } from '../open.ts'
import { isSameTarget } from '../same-settings.ts'
import type { RecoverOptions } from './types.ts'

/**
 * The time limit of connecting and of each lock in milliseconds: a recovery must not delay the command that
 * runs it.
 */
const RECOVERY_TIMEOUT_MS = 3_000

/** What a user database shows of an interrupted operation. */
export interface Evidence {
  state: SchemaState
  /**
   * The outcome of the operation's transaction; `unknown` if this is another database, or the server
   * forgot it.
   */
  transaction: 'committed' | 'aborted' | 'unknown'
}

/**
 * Reads the user database once no session works on its schemas: the last statement of a killed process may
 * still run on the server, and holds the advisory lock as long as it does.
 *
 * Errors: those of connecting, `LOCKED`.
 */
export async function readEvidence(operation: HeldOperation, options: RecoverOptions): Promise<Evidence> {
  const atMost = (timeoutMs: number) => Math.min(timeoutMs, RECOVERY_TIMEOUT_MS)
  const lockTimeoutMs = atMost(options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS)
  const connectTimeoutMs = atMost(options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS)
  const settings = newestSettings(operation, options)
  const limited = {
    ...(settings === options.settings ? options : withStoredPassword(options)),
    connectTimeoutMs,
    lockTimeoutMs,
  }
  const read = () => withOpen(settings, limited, (session) => readInside(session, operation, limited))
  try {
    return await read().catch(async (error: unknown) => {
      // The killed run had created the database, and closed it in order to drop it again.
      const known = toOperatorError(error, { settings })
      if (operation.kind !== 'add' || connectionReason(known) !== 'not accepting connections') throw known
      if (!(await reopenDatabase(settings, connectOptions(limited)))) throw known
      return read()
    })
  } catch (error) {
    const known = toOperatorError(error, { settings })
    if (known.code !== 'DATABASE_DOES_NOT_EXIST') throw known
    throw known.with({ hint: 'It may have been renamed, or a restore of it may be running.' })
  }
}

/** Returns the same where the server may be out of reach: then `null`. */
export async function readEvidenceIfPossible(
  operation: HeldOperation,
  options: RecoverOptions,
): Promise<Evidence | null> {
  try {
    return await readEvidence(operation, options)
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return null
  }
}

/** A rotated password that the operator passes overrides the one of the entry. */
function newestSettings(operation: HeldOperation, { settings }: RecoverOptions): ConnectionSettings {
  const isNewer = settings?.password && isSameTarget(settings, operation.settings)
  return isNewer ? settings : operation.settings
}

async function readInside(
  session: Session,
  { progress }: HeldOperation,
  { lockTimeoutMs, onProgress }: RunOptions & { lockTimeoutMs: number },
): Promise<Evidence> {
  const identity = progress.phase === 'committing' ? (await readServerFacts(session)).identity : null
  const wait = `BEGIN READ ONLY; ${SAFE_SETTINGS} SET LOCAL lock_timeout = ${lockTimeoutMs}; ${WAIT_FOR_LOCK_SQL}`
  await session.run(wait, (notice) => {
    const holder = decodeHolder(notice)
    if (holder) onProgress?.({ type: 'lock', holder })
  })
  const state = await readSchemaState(session)
  if (progress.phase !== 'committing' || identity === null) return { state, transaction: 'unknown' }
  return { state, transaction: await transactionOutcome(session, progress.mark, identity) }
}

/**
 * Returns the outcome of the transaction of a mark. Its id means nothing in another database, nor on another
 * server: the system identifier distinguishes the two, or where the role may not read that, the start time of
 * the server.
 */
async function transactionOutcome(
  session: Session,
  mark: CommitMark,
  identity: DatabaseIdentity,
): Promise<Evidence['transaction']> {
  if (!isDatabaseOfMark(mark, identity)) return 'unknown'
  try {
    const rows = await session.query<{ status: string | null }>(
      'SELECT pg_catalog.pg_xact_status($1::pg_catalog.text::pg_catalog.xid8) AS status',
      [mark.transactionId],
    )
    const status = rows[0]?.status
    return status === 'committed' || status === 'aborted' ? status : 'unknown'
  } catch (error) {
    // A server that was restored to an earlier moment has not reached that transaction yet (22023).
    if (isDatabaseError(error) && error.code === '22023') return 'unknown'
    throw error
  }
}

function isDatabaseOfMark(mark: DatabaseIdentity, now: DatabaseIdentity): boolean {
  // The server may have been restarted since, which its identifier survives.
  const isKnown = mark.systemIdentifier !== null && now.systemIdentifier !== null
  return isSameDatabase(isKnown ? { ...mark, startedAt: now.startedAt } : mark, now)
}
