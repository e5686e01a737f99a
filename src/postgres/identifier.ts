import { KEYWORDS } from './keywords.ts'

/**
 * Quotes a name where SQL needs that (PostgreSQL manual, `quote_ident`): unless it consists of lower-case
 * letters, digits and underscores, and is no keyword of any supported version. For texts that people read;
 * statements quote every name (`quoteIdentifier`).
 */
export function identifierText(name: string): string {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(name) && !KEYWORDS.has(name)
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`
}
