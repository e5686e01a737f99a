import { usageError } from '../../errors.ts'
import { splitKeywordString } from './keyword-string.ts'
import { type DsnValues, readParameters } from './parameters.ts'
import { splitUri } from './uri.ts'

export type { ChannelBinding, DsnValues } from './parameters.ts'

/**
 * Reads a connection string in either of libpq's forms (PostgreSQL manual, "Connection Strings"): a URI
 * `postgresql://…` or `postgres://…`, or `host=… dbname=…`. Sets only what the string contains; adds no
 * defaults.
 *
 * Errors: `USAGE` with field `dsn`. No message contains the string, or a value from it.
 */
export function parseDsn(text: string): DsnValues {
  // Trimmed only at the start: a key=value string may end with an escaped space.
  const dsn = text.trimStart()
  if (dsn === '') {
    throw usageError(
      'The connection string is empty.',
      'Use one such as postgresql://user@host/database, or leave --dsn out.',
      'dsn',
    )
  }
  if (dsn.includes('\0')) {
    throw usageError('The connection string contains a NUL character.', 'Leave it out.', 'dsn')
  }
  const origin = { name: 'the connection string', field: 'dsn' }
  if (/^postgres(ql)?:\/\//.test(dsn)) {
    const hasStrayAt = dsn.slice(dsn.indexOf('?') + 1).includes('@')
    return readParameters(splitUri(dsn.trimEnd()), { ...origin, canShowName: () => !hasStrayAt })
  }
  const scheme = /^((?:jdbc:)?[A-Za-z][A-Za-z0-9+.-]{0,30}):\/\//.exec(dsn)?.[1]
  if (scheme !== undefined) {
    throw usageError(
      `The connection string starts with "${scheme}://", which is not a URI of PostgreSQL.`,
      'Start it with postgresql:// and write the rest as libpq expects it.',
      'dsn',
    )
  }
  if (!dsn.includes('=')) {
    throw usageError(
      'The connection string is neither a URI nor a list of name=value pairs.',
      'Use postgresql://user@host/database, or host=… dbname=… user=….',
      'dsn',
    )
  }
  const { pairs, suspect } = splitKeywordString(dsn)
  return readParameters(pairs, { ...origin, canShowName: (name) => name !== suspect })
}
