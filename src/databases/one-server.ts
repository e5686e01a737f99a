import { randomBytes } from 'node:crypto'
import { OperatorError } from '../errors.ts'
import { inMaintenanceDatabase } from '../postgres/database/maintenance.ts'
import { areOneLoopback } from '../postgres/describe.ts'
import { areIndistinct, destinationOf, isSocket, placeOf } from '../postgres/destination.ts'
import { isDatabaseError } from '../postgres/sqlstate.ts'
import type { ConnectionSettings, Session } from '../postgres/types.ts'
import type { RunOptions } from './events.ts'
import { connectOptions, withOpen } from './open.ts'

/** How a server is reached under one spelling of its address, with the credentials that belong to that. */
export interface ServerLogin {
  settings: ConnectionSettings
  /** The database does not exist yet: a maintenance database of the server takes its place. */
  isDatabaseMissing?: boolean
}

/**
 * Returns whether two spellings are one server, so that a password of one may go to the other and be stored
 * for it. What servers report about themselves can't prove that: another server can report the same, and
 * anybody with a login can read it, or relay everything. So two conditions hold:
 *
 * - Both spellings lead to one place by what this machine or the operator says: both are usual names of this
 *   machine at one TCP port, or `--address` maps them to one place. A password goes to no other host than the
 *   one that it is stored or typed with.
 * - A lock with a random key that a session takes at one of them shows at the other one, in both directions.
 *   Neither server learns the key that it has to show. Each session logs in with its own credentials.
 *
 * A connection that fails proves nothing. Errors: the reason of the signal.
 */
export async function isOneServer(
  one: ServerLogin,
  other: ServerLogin,
  { onProgress: _quiet, ...options }: RunOptions,
): Promise<boolean> {
  if (!leadToOnePlace(one.settings, other.settings, options)) return false
  try {
    return await withLogin(one, options, (first) =>
      withLogin(
        other,
        options,
        async (second) => (await seesLockOf(second, first)) && (await seesLockOf(first, second)),
      ),
    )
  } catch (error) {
    const isFailure = error instanceof OperatorError || isDatabaseError(error)
    if (!isFailure || options.signal?.aborted) throw error
    return false
  }
}

type Address = Pick<ConnectionSettings, 'host' | 'port'>

function leadToOnePlace(one: ConnectionSettings, other: ConnectionSettings, options: RunOptions): boolean {
  const { addresses } = options
  if (areIndistinct(one, other, addresses)) return false
  const place: Address = placeOf(destinationOf(one, addresses))
  const otherPlace: Address = placeOf(destinationOf(other, addresses))
  if (place.port !== otherPlace.port) return false
  if (place.host.toLowerCase() === otherPlace.host.toLowerCase()) return true
  // Anybody can own a directory with a socket.
  return !isSocket(place) && !isSocket(otherPlace) && areOneLoopback(place.host, otherPlace.host)
}

function withLogin<T>(
  { settings, isDatabaseMissing = false }: ServerLogin,
  options: RunOptions,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  if (!isDatabaseMissing) return withOpen(settings, options, action)
  return inMaintenanceDatabase(settings, connectOptions(options), 'comparing servers', action)
}

const LOCK_STATEMENT = 'SELECT pg_catalog.pg_advisory_xact_lock($1::pg_catalog.int8)'

/** The keys of all advisory locks of the server that have one number, as their halves. */
const LOCKS_QUERY = `
  SELECT l.classid::pg_catalog.text AS high, l.objid::pg_catalog.text AS low FROM pg_catalog.pg_locks AS l
  WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory'::pg_catalog.text
    AND l.objsubid OPERATOR(pg_catalog.=) 1::pg_catalog.int2 AND l.granted`

/** Returns whether a session sees a lock that another one takes. It is not asked for the key. */
async function seesLockOf(viewer: Session, holder: Session): Promise<boolean> {
  const key = randomBytes(8)
  const [high, low] = [String(key.readUInt32BE(0)), String(key.readUInt32BE(4))]
  // The lock of a transaction ends with it, behind a pooler as well.
  await holder.query('BEGIN')
  try {
    await holder.check(() => holder.query(LOCK_STATEMENT, [String(key.readBigInt64BE())]))
    const locks = await viewer.check(() => viewer.query<{ high: string; low: string }>(LOCKS_QUERY))
    return locks.some((lock) => lock.high === high && lock.low === low)
  } finally {
    await holder.query('ROLLBACK').catch(() => {})
  }
}
