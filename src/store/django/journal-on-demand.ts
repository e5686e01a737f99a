import type { Journal } from '../types.ts'
import type { ErrorPlace } from './errors.ts'
import { foreignJournal } from './errors.ts'
import PRESENCE_QUERY from './journal-presence.sql'
import { createJournal } from './journal-tables.ts'
import type { InternalSession } from './session.ts'

/** The name under which the session remembers whether the journal exists. */
const PRESENCE = 'journal presence'

interface Presence {
  isThere: boolean
  isForeign: boolean
}

const ABSENT: readonly Presence[] = [{ isThere: false, isForeign: false }]

/**
 * Returns a journal whose schema does not exist when the session is opened. It is created with the first
 * entry, so that a command that is declined, or that fails before it changes anything, leaves nothing behind.
 * Another process may create it meanwhile.
 *
 * Its methods raise `STORE_UNAVAILABLE` if the schema belongs to somebody else by now; those that create it
 * raise what `createJournal` does.
 *
 * @param journal the journal to use once it exists
 */
export function journalOnDemand(session: InternalSession, journal: Journal, place: ErrorPlace): Journal {
  let isKnown = false
  void session.remember(PRESENCE, async () => ABSENT)
  const exists = async (): Promise<boolean> => {
    if (isKnown) return true
    const rows = await session.remember(PRESENCE, () =>
      session.query<Presence>(PRESENCE_QUERY, [session.layout.schema]),
    )
    if (rows[0]?.isForeign) throw foreignJournal(place)
    isKnown = rows[0]?.isThere === true
    return isKnown
  }
  const create = async () => {
    session.forget()
    if (await exists()) return
    await createJournal(session, place)
    isKnown = true
  }
  return {
    entries: async () => ((await exists()) ? journal.entries() : []),
    entry: async (id) => ((await exists()) ? journal.entry(id) : null),
    entryOf: async (name) => ((await exists()) ? journal.entryOf(name) : null),
    async begin(entry) {
      await create()
      return journal.begin(entry)
    },
    markCommitting: async (id, mark) => (await exists()) && journal.markCommitting(id, mark),
    rename: async (id, name) => ((await exists()) ? journal.rename(id, name) : 'missing'),
    end: async (id) => (await exists()) && journal.end(id),
    schemas: async () => ((await exists()) ? journal.schemas() : new Map()),
    schema: async (rowId) => ((await exists()) ? journal.schema(rowId) : null),
    async setSchema(rowId, schema) {
      if (schema !== null) await create()
      else if (!(await exists())) return
      await journal.setSchema(rowId, schema)
    },
  }
}
