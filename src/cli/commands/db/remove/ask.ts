import type { Prompts } from '../../../prompts/prompts.ts'
import { quotedName } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'

interface AskContext {
  prompts: Prompts
  reporter: Reporter
}

/** Asks whether the schemas go too, under the warning about what depends on them; Enter means no. */
export function askSchema({ prompts, reporter }: AskContext): Promise<boolean> {
  for (const line of [
    'The Mathesar schemas (msar, __msar, mathesar_types) can be removed from the database too.',
    `${reporter.style.yellow('Warning:')} database objects may depend on them. This is no issue ` +
      "where no data uses Mathesar's custom types. What depends on them is listed first, and you " +
      'choose what becomes of it: it is converted with every value kept, it stays with the types, or ' +
      'it is deleted with them.',
  ]) {
    reporter.explain(line)
  }
  return prompts.yesNo('Remove the Mathesar schemas too?', false)
}

/** Asks whether other stored databases may lose the schemas too; Enter means no. */
export function askSharing(names: readonly string[], { prompts, reporter }: AskContext): Promise<boolean> {
  const list = names.map(quotedName).join(' and ')
  reporter.explain(
    `The same database is also stored as ${list}. Without the Mathesar schemas a Mathesar can't use ` +
      'it there either.',
  )
  return prompts.yesNo('Drop the schemas all the same?', false)
}
