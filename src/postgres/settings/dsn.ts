import { trimSpaceEnd, trimSpaceStart } from '../../ascii-space.ts'
import { usageError } from '../../errors.ts'
import { anyDamage, type Damage } from '../../files/lenient-text.ts'
import { splitKeywordString } from './keyword-string.ts'
import { type DsnValues, type GivenParameter, readParameters } from './parameters.ts'
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
  return readParameters(dsnParameters(text))
}

/**
 * Splits a connection string into its parameters. Errors: `USAGE`, as for `parseDsn`.
 *
 * @param damage what is known of the text, which may have had bytes that are not UTF-8
 */
export function dsnParameters(text: string, damage: Damage = anyDamage(text)): GivenParameter[] {
  // Trimmed only at the start: a key=value string may end with an escaped space.
  const dsn = trimSpaceStart(text)
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
  const named = { name: 'the connection string', field: 'dsn', damage }
  if (/^postgres(ql)?:\/\//.test(dsn)) {
    const hasStrayAt = dsn.slice(dsn.indexOf('?') + 1).includes('@')
    const origin = { ...named, canShowName: () => !hasStrayAt }
    return parametersOf(withoutSsl(splitUri(trimSpaceEnd(dsn))), origin)
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
      'Use postgresql://user@host/database, or "host=HOST dbname=DATABASE user=ROLE".',
      'dsn',
    )
  }
  const { pairs, suspect } = splitKeywordString(dsn)
  const origin = { ...named, canShowName: (name: string) => name !== suspect }
  return parametersOf(pairs, origin)
}

/**
 * Returns the parameters of a URI by the names that libpq has for them today; `ssl=true`, as JDBC writes it,
 * is accepted only there. Beside an sslmode it says nothing: it must not weaken `verify-full`.
 */
function withoutSsl(pairs: readonly [name: string, value: string][]): [name: string, value: string][] {
  const hasMode = pairs.some(([name]) => name === 'sslmode')
  return pairs.flatMap(([name, value]): [string, string][] => {
    if (name !== 'ssl' || value !== 'true') return [[name, value]]
    return hasMode ? [] : [['sslmode', 'require']]
  })
}

/**
 * Returns parameters by the names that libpq has for them today: `requiressl` is its old name for two modes.
 */
function parametersOf(
  pairs: readonly (readonly [name: string, value: string])[],
  origin: GivenParameter['origin'],
): GivenParameter[] {
  return pairs.map(([name, value]) =>
    name === 'requiressl'
      ? { name: 'sslmode', value: value.startsWith('1') ? 'require' : 'prefer', origin }
      : { name, value, origin },
  )
}
