import { printable } from './printable.ts'

export const INTERNAL_DATABASE_LABEL = 'Internal database'

/** Returns the line above a question about a record that says where it is stored: there may be several. */
export function internalDatabaseLine(location: string): string {
  return `${INTERNAL_DATABASE_LABEL}: ${printable(location, false)}`
}
