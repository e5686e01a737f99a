import { OperatorError } from '../errors.ts'
import { toRun } from '../hint.ts'
import { quoteIdentifier } from './quote.ts'
import type { DatabaseIdentity, ServerFacts } from './types.ts'

/** The major versions that the bundled SQL is tested on. */
export const OLDEST_SERVER = 13
export const NEWEST_SERVER = 18

/**
 * Checks that the server can have the Mathesar schemas: its version, and that it accepts writes. Errors:
 * `UNSUPPORTED_SERVER`, `READ_ONLY_SERVER`.
 */
export function checkServer(
  facts: Pick<ServerFacts, 'version' | 'versionNumber' | 'isInRecovery' | 'isReadOnly' | 'role' | 'database'>,
): void {
  const major = Math.floor(facts.versionNumber / 10_000)
  if (major < OLDEST_SERVER || major > NEWEST_SERVER) {
    throw new OperatorError(
      'UNSUPPORTED_SERVER',
      `The server is PostgreSQL ${facts.version}; versions ${OLDEST_SERVER} to ${NEWEST_SERVER} are supported.`,
      major < OLDEST_SERVER
        ? 'Upgrade the server.'
        : 'Use a newer mathesarctl, or a server of a supported version.',
      { data: { version: facts.version, oldest: OLDEST_SERVER, newest: NEWEST_SERVER } },
    )
  }
  if (facts.isInRecovery) {
    throw new OperatorError(
      'READ_ONLY_SERVER',
      'The server is a standby (in recovery) and accepts no writes.',
      'Use the host of the primary server.',
      { field: 'host', data: { reason: 'in recovery' } },
    )
  }
  if (facts.isReadOnly) {
    throw new OperatorError(
      'READ_ONLY_SERVER',
      `Transactions of role "${facts.role}" in database "${facts.database}" are read-only (default_transaction_read_only is on).`,
      toRun(
        'Use another role, or ask an administrator to run the statement that matches where it was set:',
        `ALTER ROLE ${quoteIdentifier(facts.role)} RESET default_transaction_read_only;`,
        `ALTER DATABASE ${quoteIdentifier(facts.database)} RESET default_transaction_read_only;`,
      ),
      { field: 'user', data: { reason: 'default_transaction_read_only' } },
    )
  }
}

/** Returns whether two connections lead to the same server: as `isSameDatabase`, without the OID. */
export function isSameServer(a: ServerIdentity, b: ServerIdentity): boolean {
  return isSameDatabase({ ...a, databaseOid: 0 }, { ...b, databaseOid: 0 })
}

type ServerIdentity = Omit<DatabaseIdentity, 'databaseOid'>

/**
 * Returns whether two connections lead to the same database, however host, port or address were spelled: the
 * start time of the server and the OID of the database are equal. The system identifier alone proves nothing,
 * because a server restored from a base backup has the same; it is compared where both roles may read it.
 */
export function isSameDatabase(a: DatabaseIdentity, b: DatabaseIdentity): boolean {
  if (a.databaseOid !== b.databaseOid || a.startedAt !== b.startedAt) return false
  return (
    a.systemIdentifier === null || b.systemIdentifier === null || a.systemIdentifier === b.systemIdentifier
  )
}
