import type { RemoveDatabaseResult } from '../../../../databases/remove/index.ts'
import type { Capabilities } from '../../../../store/types.ts'
import { belongingsText, lossText } from '../../../render/belongings.ts'
import { quotedName } from '../../../render/printable.ts'
import { showRehearsalEnd, showRemoval } from '../../../render/removal-result.ts'
import { repeatedCommand } from '../../../settings/repeated-flags.ts'
import type { Terminal } from '../../../terminal.ts'

/**
 * Writes what a removal did, as one JSON document or for people.
 *
 * @param dialogue whether the dialogue has shown how a rehearsal went, what the removal recreates, and
 *   `generation` of the internal database (`Capabilities`)
 */
export function showRemoved(
  result: RemoveDatabaseResult,
  terminal: Terminal,
  dialogue: {
    isRehearsalShown: boolean
    recreated: () => readonly string[]
    generation: Capabilities['generation']
  },
): void {
  if (terminal.isJson) {
    const { isSchemaAbsent: _shown, ...document } = result
    terminal.document('db remove', { ...document, ...terminal.collected() })
    return
  }
  const loss = lossText(result)
  if (result.status === 'planned' && loss !== '') terminal.info(loss)
  if (result.status === 'planned' && result.isSchemaAbsent) terminal.info(absentText(result))
  const alsoRemoved = [`the stored credentials of ${quotedName(result.name)}`]
  showRemoval(result, terminal, { alsoRemoved, recreated: dialogue.recreated() })
  if (result.status === 'rehearsed') showRehearsalEnd(result, terminal, dialogue.isRehearsalShown)
  if (result.status !== 'removed') return
  terminal.info(`${terminal.style.green('Removed')} ${quotedName(result.name)}.${schemasText(result)}`)
  const deleted = belongingsText(result.deletes)
  if (deleted !== '') terminal.info(`The internal database also lost ${deleted}.`)
  if (!result.schemaRemoved) {
    const options = dialogue.generation === 'modern' ? ' --register-only' : ''
    const add = repeatedCommand(`mathesarctl db add${options}`)
    terminal.info(
      'If the database has the Mathesar schemas, it keeps them. "mathesarctl schema remove --dsn URI" ' +
        `drops them, and "${add}" stores the database again and uses them.`,
    )
  }
}

/** Returns the sentence about a database without the schemas that are to be removed. */
function absentText({ name, typesKept }: RemoveDatabaseResult): string {
  return typesKept
    ? `The database of ${quotedName(name)} has neither msar nor __msar; mathesar_types stays.`
    : `The database of ${quotedName(name)} has no Mathesar schemas.`
}

function schemasText(result: RemoveDatabaseResult): string {
  const { schemaRemoved, typesKept, forgotten } = result
  if (result.isSchemaAbsent) return ` ${absentText(result)}`
  if (schemaRemoved) {
    return typesKept
      ? ' The schemas msar and __msar were dropped from the database; mathesar_types stays.'
      : ' The Mathesar schemas were dropped from the database.'
  }
  return forgotten
    ? ' The server was not asked: the Mathesar schemas may still be in the database.'
    : ' The database was not touched.'
}
