import { OperatorError } from '../errors.ts'
import { joinHints } from '../hint.ts'
import type { StoredDatabase } from '../store/types.ts'
import { describeTarget } from './open.ts'

/** Returns the error for a name under which another database is stored. */
export function nameTakenBy(database: StoredDatabase): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `The name "${database.name}" is taken by ${describeTarget(database)}.`,
    joinHints(
      'Choose another name, change the stored database with "mathesarctl db edit", or remove it with "mathesarctl db remove".',
      database.access === undefined
        ? ''
        : 'To store another role for it, run "mathesarctl db add" with its name, host, port and database, and --mathesar-user for those who are to use it as that role.',
    ),
    { field: 'name' },
  )
}
