import { existsSync } from 'node:fs'
import { OperatorError } from '../../errors.ts'
import type { JournalPlace, LiveOptions, OpenStoreOptions } from '../types.ts'
import { journalPathOf } from './journal-path.ts'
import type { Opened } from './opening.ts'

type Entry = Pick<Opened['journal']['entries'][number], 'kind' | 'name'>

/**
 * Warns of operations that have not ended and that the journal in use does not have, because they lie in the
 * other one: no command that uses this one finishes them, or waits for them. A journal that can't be read is
 * passed over.
 */
export async function warnOfOtherJournal(
  live: LiveOptions,
  opened: Opened,
  used: JournalPlace | null,
  onWarning: OpenStoreOptions['onWarning'],
): Promise<void> {
  if (onWarning === undefined) return
  if (used !== 'database') warn('database', opened.journal.entries, onWarning)
  if (used !== 'directory') warn('directory', await entriesInDirectory(live, opened), onWarning)
}

async function entriesInDirectory(
  { journalDirectory }: LiveOptions,
  opened: Opened,
): Promise<readonly Entry[]> {
  if (journalDirectory === null || !existsSync(journalPathOf(journalDirectory, opened))) return []
  try {
    const { openDirectoryJournal } = await import('./directory-journal.ts')
    const other = openDirectoryJournal(journalDirectory, opened, false)
    if (other === null) return []
    try {
      return await other.journal.entries()
    } finally {
      await other.close()
    }
  } catch (error) {
    if (error instanceof OperatorError) return []
    throw error
  }
}

function warn(
  place: JournalPlace,
  entries: readonly Entry[],
  onWarning: NonNullable<OpenStoreOptions['onWarning']>,
): void {
  if (entries.length === 0) return
  const list = entries.map(({ kind, name }) => `${kind === 'add' ? 'adding' : 'removing'} "${name}"`)
  const where = place === 'database' ? 'the internal database' : 'the directory of this user'
  onWarning(
    `This command does not use the journal in ${where}, which has operations that have not ended: ` +
      `${list.join(', ')}.`,
    `Unless such a command is still running, finish it: run it again with --journal ${place}.`,
  )
}
