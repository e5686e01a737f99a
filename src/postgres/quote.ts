import pg from 'pg'

/**
 * Quotes any name for SQL, even one that needs no quotes (PostgreSQL manual, "Identifiers and Key Words").
 */
export function quoteIdentifier(name: string): string {
  return pg.escapeIdentifier(name)
}

/**
 * Quotes a text as a string constant for SQL (PostgreSQL manual, "String Constants"), whatever
 * standard_conforming_strings is. Equals pg.escapeLiteral(), which works character by
 * character: too slow for whole scripts.
 */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted
}
