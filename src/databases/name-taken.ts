import { OperatorError } from '../errors.ts'
import type { StoredDatabase } from '../store/types.ts'
import { describeTarget } from './open.ts'

/** Returns the error for a name under which another database is stored. */
export function nameTakenBy(database: StoredDatabase): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `The name "${database.name}" is taken by ${describeTarget(database)}.`,
    'Choose another name, change the stored database with "mathesarctl db edit", or remove it with "mathesarctl db remove".',
    { field: 'name' },
  )
}
