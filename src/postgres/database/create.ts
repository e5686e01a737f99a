import { OperatorError } from '../../errors.ts'
import { checkServer } from '../checks.ts'
import type { SessionOptions } from '../connect.ts'
import { readServerFacts } from '../facts.ts'
import { checkNotPooled } from '../pooler.ts'
import { createdbHint } from '../privilege-errors.ts'
import { quoteIdentifier } from '../quote.ts'
import { isDatabaseError } from '../sqlstate.ts'
import type { ConnectionSettings, ServerFacts, Session } from '../types.ts'
import { checkName, inMaintenanceDatabase } from './maintenance.ts'

/** Identifies a database that this run created, and what was created in it since. */
export interface CreatedDatabase {
  /** `null` if the connection was lost before the server reported it. */
  oid: string | null
  /** A transaction number (xid8, as text) that is not later than the one that created the database. */
  since: string
}

/**
 * Creates the database of the settings, owned by their role, from a maintenance database of the same server.
 * Returns `null` if another session created it meanwhile. Once the statement was sent, aborting the signal
 * does not end it, because the caller must learn whether the database was created; it checks the signal then.
 *
 * Errors: `USAGE` (an impossible name), `INSUFFICIENT_PRIVILEGE` (no CREATEDB, or no maintenance database
 * admits the role), `LOCKED` (the template is in use), and those of `openSession`.
 */
export async function createDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<CreatedDatabase | null> {
  checkName(settings)
  const connecting = untilConnected(options)
  const create = async (session: Session): Promise<CreatedDatabase | null> => {
    connecting.end()
    options.signal?.throwIfAborted()
    const [before] = await session.check(() =>
      session.query<{ since: string }>(
        'SELECT pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text AS since',
      ),
    )
    try {
      await session.query(`CREATE DATABASE ${quoteIdentifier(settings.database)}`)
    } catch (error) {
      // 23505: two started at the same moment, and the unique index of pg_database stopped one.
      if (isDatabaseError(error) && (error.code === '42P04' || error.code === '23505')) return null
      throw error
    }
    const rows = session.check(() =>
      session.query<{ oid: string }>(
        `SELECT d.oid::pg_catalog.text AS oid FROM pg_catalog.pg_database AS d
        WHERE d.datname OPERATOR(pg_catalog.=) $1::pg_catalog.name`,
        [settings.database],
      ),
    )
    const [row] = await rows.catch(() => [])
    return { oid: row?.oid ?? null, since: before?.since ?? '0' }
  }
  try {
    return await inMaintenanceDatabase(settings, connecting.options, 'creating the database', create)
  } finally {
    connecting.end()
  }
}

/**
 * Checks that the role may create the database, on a server that can have the Mathesar schemas. Changes
 * nothing. Returns the facts of the maintenance database.
 *
 * Errors: as `createDatabase`, but for `LOCKED`; `UNSUPPORTED_SERVER`, `READ_ONLY_SERVER`,
 * `POOLED_CONNECTION`.
 */
export async function checkMayCreateDatabase(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<ServerFacts> {
  checkName(settings)
  return inMaintenanceDatabase(settings, options, 'creating the database', async (session) => {
    const facts = await readServerFacts(session)
    checkServer(facts)
    await checkNotPooled(session, facts, options)
    const [role] = await session.check(() =>
      session.query<{ may: boolean }>(
        'SELECT rolcreatedb OR rolsuper AS may FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) current_user',
      ),
    )
    if (role?.may) return facts
    throw new OperatorError(
      'INSUFFICIENT_PRIVILEGE',
      `Role "${settings.user}" may not create a database: it lacks CREATEDB.`,
      createdbHint(settings),
      { field: 'user', data: { privilege: 'CREATEDB', role: settings.user } },
    )
  })
}

/**
 * Returns the same options, but with a signal that ends only connecting, and nothing after `end` was called.
 */
function untilConnected(options: SessionOptions): { options: SessionOptions; end: () => void } {
  const { signal } = options
  if (signal === undefined) return { options, end: () => {} }
  const controller = new AbortController()
  const onAbort = () => controller.abort(signal.reason)
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })
  return {
    options: { ...options, signal: controller.signal },
    end: () => signal.removeEventListener('abort', onAbort),
  }
}
