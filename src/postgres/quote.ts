import pg from 'pg'

/** Quotes a name for SQL, always, whatever it holds (PostgreSQL manual, "Identifiers and Key Words"). */
export function quoteIdentifier(name: string): string {
  return pg.escapeIdentifier(name)
}

/**
 * Quotes a text as a string constant for SQL (PostgreSQL manual, "String Constants"), whatever
 * standard_conforming_strings is. The same as pg.escapeLiteral(), which goes through it character by
 * character: too slow for whole scripts.
 */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
