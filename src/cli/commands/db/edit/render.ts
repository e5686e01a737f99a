import type { EditDatabaseResult, RecordValues } from '../../../../databases/edit.ts'
import { OperatorError, withSentences } from '../../../../errors.ts'
import { quotedName } from '../../../render/printable.ts'
import type { Terminal } from '../../../terminal.ts'

/** Writes what an edit of the database `name` changed, as one JSON document or for people. */
export function showEdited(name: string, result: EditDatabaseResult, terminal: Terminal): void {
  const { name: stored, status, changed, before } = result
  if (terminal.isJson) {
    const old = Object.keys(before).length > 0 ? { before } : {}
    terminal.document('db edit', { name: stored, status, changed, ...old, ...terminal.collected() })
    return
  }
  const fields = changed
    .map((field) =>
      field === 'password' ? field : `${shownField(field)} (before: ${valueText(before, field)})`,
    )
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

/** Fields keep the words of `db show` here. */
function shownField(field: string): string {
  return field === 'user' ? 'role' : field
}

function valueText(values: RecordValues, field: string): string {
  const value = values[field as keyof RecordValues] ?? null
  if (value === null) return 'none'
  return typeof value === 'number' ? String(value) : quotedName(value)
}

/** Adds to the hint of an error that the record is unchanged, where that is not obvious. */
export function withKeptHint(error: unknown, name: string): unknown {
  if (
    !(error instanceof OperatorError) ||
    ['ABORTED', 'NOT_FOUND', 'STORE_UNAVAILABLE', 'USAGE'].includes(error.code)
  )
    return error
  return withSentences(error, `"${name}" stays stored as it was.`)
}
