import pg from 'pg'

/** Quotes a name for SQL, always, whatever it holds (PostgreSQL manual, "Identifiers and Key Words"). */
export function quoteIdentifier(name: string): string {
  return pg.escapeIdentifier(name)
}

/** Quotes a text as a string constant for SQL (PostgreSQL manual, "String Constants"). */
export function quoteLiteral(text: string): string {
  return pg.escapeLiteral(text)
}
