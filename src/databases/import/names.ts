import { OperatorError } from '../../errors.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { checkName } from '../../store/name.ts'
import type { Store } from '../../store/types.ts'
import { nameForms } from '../add/existing.ts'
import { nameTakenBy } from '../name-taken.ts'
import { checkNewName, refuseLookalike, resolveName } from '../stored-name.ts'
import type { ImportInput } from './types.ts'

/**
 * Returns the name under which a new database of the source is stored: its own, or another one that the
 * operator chooses. Errors: `NAME_TAKEN`, `USAGE` if it can't be stored.
 *
 * @param taken the names that other entries of the import get
 */
export async function chooseName(
  store: Store,
  given: string,
  row: ConnectionSettings,
  taken: readonly string[],
  askName: ImportInput['askName'],
): Promise<string> {
  if (!store.capabilities.hasNicknames) return freeForm(store, row, taken)
  const stored = [...(await store.names()), ...taken]
  const name = resolveName(given, stored)
  try {
    await requireFree(store, name, taken)
    return name
  } catch (error) {
    if (askName === undefined || !(error instanceof OperatorError)) throw error
    const { host, port, database, user } = row
    const place = { name: given, host, port, database, user }
    const other = await askName(error, (text) => checkNewName(text, stored), place)
    if (other === null) throw error
    const chosen = resolveName(other, stored)
    await requireFree(store, chosen, taken)
    return chosen
  }
}

/** Errors: `NAME_TAKEN`, `USAGE`. */
async function requireFree(store: Store, name: string, taken: readonly string[]): Promise<void> {
  const invalid = checkName(name)
  if (invalid !== null) throw new OperatorError('USAGE', invalid, RENAME_IN_SOURCE, { field: 'name' })
  const [meant] = await store.namesFor(name)
  const other = meant === undefined ? null : await store.find(meant)
  if (other !== null) throw nameTakenBy({ ...other, name }).with({ hint: renameHint(other.name) })
  if (taken.includes(name)) {
    const message = `Another database of this import gets the name "${name}".`
    throw new OperatorError('NAME_TAKEN', message, renameHint(name), { field: 'name' })
  }
  refuseLookalike(name, [...(await store.names()), ...taken], 'name')
}

const AT_TERMINAL = 'Run the command at a terminal, which asks for another name.'

const RENAME_IN_SOURCE = `${AT_TERMINAL} Or rename the database in the source.`

/** Returns what frees a name, which the internal database stores once the import has ended. */
function renameHint(stored: string): string {
  return joinHints(
    AT_TERMINAL,
    toRun(
      'Or rename the database that has the name, then run the command again:',
      `mathesarctl db edit ${shellQuoted(stored)} --rename NEWNAME`,
    ),
  )
}

/** Returns the shortest name that a database without a nickname can have. */
async function freeForm(store: Store, row: ConnectionSettings, taken: readonly string[]): Promise<string> {
  const forms = nameForms(row)
  for (const form of forms) {
    if (!taken.includes(form) && (await store.namesFor(form)).length === 0) return form
  }
  throw new OperatorError(
    'NAME_TAKEN',
    `Every name of database "${row.database}" is taken.`,
    'This Mathesar has no nicknames: name the other databases in the command, and leave this one out.',
    { field: 'name' },
  )
}
