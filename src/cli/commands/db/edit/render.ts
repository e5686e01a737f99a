import type { EditDatabaseResult, RecordValues, SharedChanges } from '../../../../databases/edit/index.ts'
import { OperatorError, withSentences } from '../../../../errors.ts'
import { listed } from '../../../render/listed.ts'
import { quotedName } from '../../../render/printable.ts'
import type { Terminal } from '../../../terminal.ts'
import { accessTexts, deletedText, namesText } from './shared.ts'

/** Writes what an edit of the database `name` changed, as one JSON document or for people. */
export function showEdited(name: string, result: EditDatabaseResult, terminal: Terminal): void {
  const {
    name: stored,
    status,
    changed,
    before,
    database: _database,
    alsoStoredAs: _also,
    ...shared
  } = result
  if (terminal.isJson) {
    const old = Object.keys(before).length > 0 ? { before } : {}
    terminal.document('db edit', {
      name: stored,
      status,
      changed,
      ...old,
      ...shared,
      ...terminal.collected(),
    })
    return
  }
  const kept = usersOfOldRole(result)
  const isFurther = kept.length > 0
  const fields = changed
    // The password of a further role replaces none.
    .filter((field) => !(isFurther && field === 'password' && shared.passwordSharedWith === undefined))
    .map((field) =>
      isFurther && field === 'user'
        ? `a further role (${listed(kept.map(quotedName))} as ${valueText(before, field)} as before)`
        : fieldText(field, before, shared),
    )
    .join(', ')
  const deleted = deletedText(shared)
  switch (status) {
    case 'unchanged':
      terminal.info(`${quotedName(name)} has these values already. Nothing was changed.`)
      return
    case 'planned':
      terminal.info(
        `The new values work. Nothing was stored; without --dry-run these would change: ${fields}.`,
      )
      if (deleted !== '') terminal.info(`The change would also delete ${deleted}.`)
      return
    default:
      terminal.info(`${terminal.style.green('Changed')} ${quotedName(stored)}: ${fields}.`)
      if (deleted !== '') terminal.info(`The change also deleted ${deleted}.`)
  }
}

/** Returns the users who keep the old role where the database gets another one: that is a further role. */
function usersOfOldRole({ before, database, access: moved = [] }: EditDatabaseResult): string[] {
  const isMoved = new Set(moved.map(({ user }) => user))
  const old = (database.access ?? []).filter(({ user, role }) => role === before.user && !isMoved.has(user))
  return old.map(({ user }) => user)
}

/** Returns a changed field with what it was before, and what else changes with it. */
function fieldText(field: string, before: RecordValues, shared: SharedChanges): string {
  if (field === 'access') return `access (${accessTexts(shared).join('; ')})`
  const notes = [
    ...(field === 'password' ? [] : [`before: ${valueText(before, field)}`]),
    ...alsoOf(field, shared),
  ]
  return notes.length === 0 ? shownField(field) : `${shownField(field)} (${notes.join('; ')})`
}

function alsoOf(field: string, { passwordSharedWith = [], sslmodeSharedWith = [] }: SharedChanges): string[] {
  const names = field === 'password' ? passwordSharedWith : field === 'sslmode' ? sslmodeSharedWith : []
  return names.length === 0 ? [] : [`also for ${namesText(names)}`]
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
