import type { EditDatabaseResult } from '../../../../databases/edit.ts'
import { OperatorError, withSentences } from '../../../../errors.ts'
import { quotedName } from '../../../render/printable.ts'
import type { Terminal } from '../../../terminal.ts'

/** Writes what an edit of the database `name` changed, as one JSON document or for people. */
export function showEdited(name: string, result: EditDatabaseResult, terminal: Terminal): void {
  const { name: stored, status, changed } = result
  if (terminal.isJson) {
    terminal.document('db edit', { name: stored, status, changed, ...terminal.collected() })
    return
  }
  const isRenamed = status === 'changed' && changed.includes('name')
  const fields = changed
    .map((field) => (field === 'user' ? 'role' : field))
    .map((field) => (isRenamed && field === 'name' ? `name (before: ${quotedName(name)})` : field))
    .join(', ')
  switch (status) {
    case 'unchanged':
      terminal.info(`${quotedName(name)} has these values already. Nothing was changed.`)
      return
    case 'planned':
      terminal.info(
        `The new values work. Nothing was stored; without --dry-run these would change: ${fields}.`,
      )
      return
    default:
      terminal.info(`${terminal.style.green('Changed')} ${quotedName(stored)}: ${fields}.`)
  }
}

/** Adds to the hint of an error that the record is unchanged, where that is not obvious. */
export function withKeptHint(error: unknown, name: string): unknown {
  if (!(error instanceof OperatorError) || ['ABORTED', 'NOT_FOUND', 'USAGE'].includes(error.code))
    return error
  return withSentences(error, `"${name}" stays stored as it was.`)
}
