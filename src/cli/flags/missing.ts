import { type OperatorError, usageError } from '../../errors.ts'
import { listed } from '../render/listed.ts'

/** A value that a command needs and nobody gave. */
export interface MissingValue {
  /** The flag or prompt, for programs. */
  field: string
  /** The value in words, as in "the name of the database". */
  what: string
  /** What to add to the command line, as in "--database". */
  add: string
}

/** Returns the one error for all values that are missing; there must be one at least. */
export function missingError(missing: readonly MissingValue[], hint = ''): OperatorError {
  const whats = missing.map(({ what }) => what)
  const message =
    whats.length === 1
      ? `${capitalized(whats.join())} is missing.`
      : `These values are missing: ${listed(whats)}.`
  const advice = `Add ${listed(missing.map(({ add }) => add))}.`
  return usageError(message, hint === '' ? advice : `${advice} ${hint}`, missing[0]?.field)
}

const CONNECTION_VALUES = {
  database: { what: 'the name of the database', add: '--database (or set PGDATABASE)' },
  user: { what: 'the role to log in as', add: '--user (or set PGUSER)' },
}

/** Returns the fields that a connection lacks as missing values. */
export function missingConnectionValues(fields: readonly ('database' | 'user')[]): MissingValue[] {
  return fields.map((field) => ({ field, ...CONNECTION_VALUES[field] }))
}

function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}
