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

/**
 * Quotes a text as a dollar-quoted string constant for SQL (PostgreSQL manual, "Dollar-Quoted String
 * Constants"), which leaves the text as it is.
 */
export function dollarQuote(text: string): string {
  let tag = '$quoted'
  for (let number = 1; text.includes(tag); number++) tag = `$quoted${number}`
  return `${tag}$${text}${tag}$`
}
