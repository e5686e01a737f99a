import type { SharedChanges } from '../../../../databases/edit/index.ts'
import { belongingsText } from '../../../render/belongings.ts'
import { listed } from '../../../render/listed.ts'
import { quotedName } from '../../../render/printable.ts'
import { quantity } from '../../../render/quantity.ts'

/** So many names of other databases are shown. */
const NAMED = 8

/** Returns the rows of the summary that show what an edit changes beside the record. */
export function sharedRows(
  shared: SharedChanges,
  arrow: string,
): (readonly [label: string, value: string])[] {
  const { role, passwordSharedWith = [], sslmodeSharedWith = [], access = [] } = shared
  const deleted = deletedText(shared)
  return [
    ...(role === undefined ? [] : [['Of the role', quotedName(role)] as const]),
    ...(passwordSharedWith.length > 0 ? [['Password also of', namesText(passwordSharedWith)] as const] : []),
    ...(sslmodeSharedWith.length > 0 ? [['TLS mode also of', namesText(sslmodeSharedWith)] as const] : []),
    ...access.map(
      ({ user, role: after, before }) =>
        [`Role of ${quotedName(user)}`, `${before ?? 'none'} ${arrow} ${after}`] as const,
    ),
    ...(deleted === '' ? [] : [['Deleted', deleted] as const]),
  ]
}

/** Returns the changes of who uses the database as which role, in words. */
export function accessTexts({ access = [] }: SharedChanges): string[] {
  return access.map(
    ({ user, role, before }) =>
      `${quotedName(user)} as ${quotedName(role)}` +
      (before === null ? ', without access before' : ` instead of ${quotedName(before)}`),
  )
}

/** Returns the rows that an edit leaves without use and deletes, in words; `''` if there are none. */
export function deletedText({ deletes = {} }: SharedChanges): string {
  const text = belongingsText(deletes)
  return text === '' ? '' : `${text} that no stored database uses any more`
}

/** Returns the names of other databases, and how many more there are. */
export function namesText(names: readonly string[]): string {
  const more = names.length - NAMED
  const shown = names.slice(0, NAMED).map(quotedName)
  return listed(more > 0 ? [...shown, quantity(more, 'more database')] : shown)
}
