import { usageError } from '../errors.ts'

/** Where an internal database lies, and which kind of store it is. */
export type StoreLocation =
  | { kind: 'sqlite'; path: string }
  /** `url` may hold a password; its scheme is in lower case, as libpq wants it. */
  | { kind: 'postgres'; url: string }

/**
 * Reads the value of `--internal-db`. This is the only place that does.
 *
 * The scheme alone makes a PostgreSQL URL, in capitals too: a missing slash must not turn a URL with a
 * password into the name of a file. URLs of any other scheme are refused, `sqlite:` and `file:` included,
 * because programs disagree on what those mean (slashes, parameters, escapes). A file of such a name is
 * `./sqlite:name`.
 *
 * Errors: `USAGE` for a URL of another scheme; the message does not contain the URL.
 */
export function parseLocation(text: string): StoreLocation {
  const [, scheme = '', rest = ''] = /^([a-z][a-z\d+.-]+):(.*)$/is.exec(text) ?? []
  switch (scheme.toLowerCase()) {
    case 'postgres':
    case 'postgresql':
      return { kind: 'postgres', url: `${scheme.toLowerCase()}:${rest}` }
    case 'sqlite':
    case 'sqlite3':
    case 'file':
      throw unknownScheme(scheme)
    default:
      if (rest.startsWith('//')) throw unknownScheme(scheme)
      // A URL with something before it, such as a quote or a space, would show its password as the name of
      // a file.
      if (/^[^./][^/]*:\/\//s.test(text)) throw unreadableUrl()
      if (KEYWORD_STRING.test(text)) throw noKeywordString()
      return { kind: 'sqlite', path: text }
  }
}

/** libpq's other form of a connection string, whose password would become the name of a file. */
const KEYWORD_STRING = /^\s*(?:host|hostaddr|port|user|dbname|password|passfile|service|sslmode)\s*=/

const URL_HINT =
  'Write the URL of an internal database on PostgreSQL as postgresql://ROLE@HOST:PORT/DATABASE.'

function noKeywordString(): Error {
  return usageError(
    'An internal database can\'t be named by a keyword string such as "host=… dbname=…".',
    `${URL_HINT} If it is the path of an SQLite file, write ./ before it.`,
    'internal-db',
  )
}

function unknownScheme(scheme: string): Error {
  return usageError(
    `An internal database can't be named by a URL that starts with ${scheme}:.`,
    `${URL_HINT} Name an SQLite file by its path. If the name of the file itself starts like that, write ./ before it.`,
    'internal-db',
  )
}

function unreadableUrl(): Error {
  return usageError(
    "The internal database can't be read as a URL: there are characters before its scheme.",
    'Remove spaces and quotes around the URL. If it is the path of an SQLite file, write ./ before it.',
    'internal-db',
  )
}
