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
      return { kind: 'sqlite', path: text }
  }
}

function unknownScheme(scheme: string): Error {
  return usageError(
    `An internal database can't be named by a URL that starts with ${scheme}:.`,
    'Name the path of an SQLite file. If the name of the file itself starts like that, write ./ before it.',
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
