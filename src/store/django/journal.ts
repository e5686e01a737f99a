import { markToText, toProgress } from '../commit-mark.ts'
import type { Journal, JournalEntry, StoredSchema } from '../types.ts'
import ENTRIES_QUERY from './journal-entries.sql'
import type { EntryRow } from './opening.ts'
import type { InternalSession } from './session.ts'

/** The name under which the session remembers the entries. */
const ENTRIES = 'journal entries'

const BEGIN_STATEMENT = `
  INSERT INTO mathesarctl.operation AS o (id, kind, name, keep_types, started_at, settings, phase)
  VALUES ($1, $2, $3, $4, $5, $6, 'begun')
  ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name WHERE o.id = EXCLUDED.id
  RETURNING id`

const MARK_STATEMENT = `
  UPDATE mathesarctl.operation SET phase = 'committing', commit_mark = $2 WHERE id = $1 RETURNING id`

/** The name is unique, so that a rename meets every other entry that has it. */
const RENAME_STATEMENT = `
  WITH other AS (SELECT FROM mathesarctl.operation WHERE name = $2 AND id <> $1),
  renamed AS (
    UPDATE mathesarctl.operation SET name = $2
     WHERE id = $1 AND NOT EXISTS (SELECT FROM other)
    RETURNING id
  )
  SELECT EXISTS (SELECT FROM mathesarctl.operation WHERE id = $1) AS exists,
         EXISTS (SELECT FROM renamed) AS renamed`

const END_STATEMENT = 'DELETE FROM mathesarctl.operation WHERE id = $1 RETURNING id'

const SCHEMAS_QUERY = 'SELECT database_id, source, version FROM mathesarctl.schema_record'

/** Returns the statement that stores what is known about the schemas of a row, if that row exists. */
function setSchemaStatement(schema: string): string {
  return `
  INSERT INTO mathesarctl.schema_record (database_id, source, version)
  SELECT d.id, $2, $3 FROM ${schema}.mathesar_database AS d WHERE d.id = $1
  ON CONFLICT (database_id) DO UPDATE SET source = EXCLUDED.source, version = EXCLUDED.version`
}

const FORGET_SCHEMA_STATEMENT = 'DELETE FROM mathesarctl.schema_record WHERE database_id = $1'

/**
 * Returns the journal in the schema `mathesarctl` of an internal database.
 *
 * @param schema the schema of Mathesar's tables, quoted
 * @param known the entries that were read when the session was opened
 */
export function databaseJournal(
  session: InternalSession,
  schema: string,
  known: readonly EntryRow[],
): Journal {
  void session.remember(ENTRIES, async () => known)
  const entries = async () => {
    const rows = await session.remember(ENTRIES, () => session.query<EntryRow>(ENTRIES_QUERY))
    return rows.map(toEntry)
  }
  const schemas = async () => {
    const rows = await session.remember('journal schemas', () => session.query<SchemaRow>(SCHEMAS_QUERY))
    return new Map(rows.map(({ database_id, source, version }) => [database_id, { source, version }]))
  }
  return {
    entries,
    async entry(id) {
      return (await entries()).find((entry) => entry.id === id) ?? null
    },
    async entryOf(name) {
      return (await entries()).find((entry) => entry.name === name) ?? null
    },
    async begin({ id, kind, name, keepTypes, startedAt, encrypted }) {
      const values = [id, kind, name, keepTypes, startedAt, encrypted]
      return (await session.writeAgain(BEGIN_STATEMENT, values)).length > 0
    },
    async markCommitting(id, mark) {
      return (await session.writeAgain(MARK_STATEMENT, [id, markToText(mark)])).length > 0
    },
    async rename(id, name) {
      const [row] = await session.writeAgain<{ exists: boolean; renamed: boolean }>(RENAME_STATEMENT, [
        id,
        name,
      ])
      if (row?.renamed) return 'renamed'
      return row?.exists ? 'taken' : 'missing'
    },
    async end(id) {
      return (await session.writeAgain(END_STATEMENT, [id])).length > 0
    },
    schemas,
    async schema(rowId) {
      return (await schemas()).get(rowId) ?? null
    },
    async setSchema(rowId, known) {
      if (known === null) await session.writeAgain(FORGET_SCHEMA_STATEMENT, [rowId])
      else await session.writeAgain(setSchemaStatement(schema), [rowId, known.source, known.version])
    },
  }
}

/** A journal without entries, for reading where there is none. */
export function emptyJournal(): Journal {
  const refuse = async (): Promise<never> => {
    throw new Error('the internal database was opened without a journal')
  }
  return {
    entries: async () => [],
    entry: async () => null,
    entryOf: async () => null,
    begin: refuse,
    markCommitting: refuse,
    rename: refuse,
    end: refuse,
    schemas: async () => new Map(),
    schema: async () => null,
    setSchema: refuse,
  }
}

interface SchemaRow extends StoredSchema {
  database_id: number
}

function toEntry({ phase, commitMark, ...entry }: EntryRow): JournalEntry {
  return { ...entry, progress: toProgress(phase, commitMark) }
}
