import type { ExaminedMathesar } from '../../../databases/take-up.ts'
import type { JournalPlace } from '../../../store/types.ts'
import type { Prompts } from '../../prompts/prompts.ts'
import type { Globals } from '../../settings/globals.ts'
import type { Reporter } from '../../terminal.ts'

interface Dialogue {
  prompts: Prompts | null
  reporter: Reporter
}

/**
 * Returns where the journal of pending operations shall lie: as the settings state, else where it is already,
 * else as the operator answers, for which `--yes` is a consent to the internal database. `null` if nobody
 * decided: then it lies in the directory, until somebody creates it in the internal database.
 */
export async function chooseJournal(
  { journal, yes, internalDb }: Pick<Globals, 'journal' | 'yes' | 'internalDb'>,
  { hasJournal, mayCreateSchema, writeRefusal }: ExaminedMathesar,
  { prompts, reporter }: Dialogue,
): Promise<JournalPlace | null> {
  if (journal !== null) return journal
  if (hasJournal) return 'database'
  if (writeRefusal !== null) return null
  if (!mayCreateSchema) {
    reporter.info(
      `The role may not create a schema in ${internalDb.location}, so that pending operations are recorded ` +
        'in a directory of yours.',
    )
    return null
  }
  if (yes) return 'database'
  if (prompts === null) {
    reporter.info(
      'Pending operations are recorded in a directory of yours, since nothing permits the schema "mathesarctl" ' +
        'in the internal database. To permit it, run setup with --yes or --journal database.',
    )
    return null
  }
  reporter.explain()
  reporter.explain(
    'While mathesarctl adds or removes a database, it records the operation, so that a later run can ' +
      'finish it after an interruption. It can keep these records in a schema "mathesarctl" of the ' +
      'internal database: three tables, with pending operations (credentials encrypted), with what was ' +
      "installed where, and with the version of the two. Mathesar's own tables are not altered. Otherwise the records lie in a directory of " +
      'yours, and only a later run of yours on this machine finishes what was interrupted.',
  )
  const mayCreate = await prompts.yesNo('Create the schema "mathesarctl" in the internal database?', true)
  return mayCreate ? 'database' : 'directory'
}
