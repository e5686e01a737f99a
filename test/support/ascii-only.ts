import pg from 'pg'

/**
 * Makes every test fail whose session sends SQL that is not ASCII, apart from the names and values of an operator: a server
 * converts all that it is sent to the encoding of the database, comments too, and refuses what that has no character for.
 * Runs in every test file before its tests.
 */

/** A comment; or a string, a quoted name or the body of a routine, in which an operator's own words may stand. */
const TOKEN = /--[^\n]*|[eE]?'(?:[^'\\]|''|\\[\s\S])*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$/g

/** The tags of this program's own bodies. */
const OWN_BODY = /^\$(drop|count|leftovers|progress|convert|record)\$/

/** What of a script is not ASCII, with some of what stands around it; null: all of it is. */
export function notAscii(script: string): string | null {
  const own = script.replace(TOKEN, (token) => (token.startsWith('--') || OWN_BODY.test(token) ? token : ''))
  return /.{0,40}\P{ASCII}.{0,40}/u.exec(own)?.[0] ?? null
}

type Query = (this: pg.Client, config: unknown, ...rest: unknown[]) => unknown

const prototype = pg.Client.prototype as unknown as { query: Query }
const { query } = prototype
prototype.query = function (config, ...rest) {
  const found = typeof config === 'string' && isOurs(this) ? notAscii(config) : null
  if (found !== null) throw new Error(`SQL is sent that is not ASCII: ${found}`)
  return query.call(this, config, ...rest)
}

/** A session of the program, and not one that a test opens for itself. */
function isOurs(client: pg.Client): boolean {
  const { connectionParameters } = client as unknown as {
    connectionParameters: { application_name?: string }
  }
  return connectionParameters.application_name === 'mathesarctl'
}
