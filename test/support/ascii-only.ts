import pg from 'pg'

/**
 * Fails every test whose session sends SQL that is not ASCII, apart from the names and values of an operator.
 * A server converts each statement, comments included, to the encoding of the database, and refuses a
 * character that the encoding lacks. Vitest runs this before the tests of each file.
 */

/**
 * A comment; or a string, a quoted name or the body of a routine, which may contain an operator's own words.
 */
const TOKEN = /--[^\n]*|[eE]?'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$/g

/** The tags of this program's own bodies. */
const OWN_BODY = /^\$(drop|count|leftovers|progress|convert|record)\$/

/** Returns the first part of a script that is not ASCII, with some text around it, or null. */
export function notAscii(script: string): string | null {
  const own = script.replace(TOKEN, (token) => (token.startsWith('--') || OWN_BODY.test(token) ? token : ''))
  return /.{0,40}\P{ASCII}.{0,40}/u.exec(own)?.[0] ?? null
}

type Query = (this: pg.Client, config: unknown, ...rest: unknown[]) => unknown

const prototype = pg.Client.prototype as unknown as { query: Query }
const { query } = prototype
// The files of a worker share `pg`, and this runs before each of them.
if (query.name !== 'queryInAscii')
  prototype.query = function queryInAscii(config, ...rest) {
    const violation = typeof config === 'string' && isOurs(this) ? notAscii(config) : null
    if (violation !== null) throw new Error(`This SQL is not ASCII: ${violation}`)
    return query.call(this, config, ...rest)
  }

/** Returns whether a session is the program's, and not one that a test opened for itself. */
function isOurs(client: pg.Client): boolean {
  const { connectionParameters } = client as unknown as {
    connectionParameters: { application_name?: string }
  }
  return connectionParameters.application_name === 'mathesarctl'
}
