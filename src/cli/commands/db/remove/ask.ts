import type { Prompts } from '../../../prompts/prompts.ts'
import { listed } from '../../../render/listed.ts'
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
    `${reporter.style.yellow('warning:')} database objects may depend on them, such as columns of ` +
      "Mathesar's types, and views or defaults that call its functions. The command first lists what " +
      'depends on them, and you choose whether to convert it and keep every value, to keep the types ' +
      'that it uses, or to drop it.',
  ]) {
    reporter.explain(line)
  }
  return prompts.yesNo('Remove the Mathesar schemas too?', false)
}

/** Asks whether other stored databases may lose the schemas too; Enter means no. */
export function askSharing(names: readonly string[], { prompts, reporter }: AskContext): Promise<boolean> {
  const list = listed(names.map(quotedName))
  reporter.explain(
    `The same database is also stored as ${list}. Without the Mathesar schemas a Mathesar can't use ` +
      'it there either.',
  )
  return prompts.yesNo('Drop the schemas all the same?', false)
}
