import { onTestFinished } from 'vitest'
import type { DjangoSession, Layout, Query } from '../../../src/store/django/types.ts'
import type { InternalDatabase } from '../../support/mathesar-database.ts'
import { isModern } from '../../support/mathesar-database.ts'

/** Opens a session of the internal role, with the settings that the program gives its own. */
export async function openDjangoSession(
  internal: InternalDatabase,
  { isFresh = false, lockTimeoutMs = 1000 } = {},
): Promise<DjangoSession & { statements: string[] }> {
  const client = await internal.connect()
  await client.query(`SET search_path = ''; SET lock_timeout = ${lockTimeoutMs}; SET TimeZone = 'UTC'`)
  const statements: string[] = []
  const remembered = new Map<string, Promise<unknown>>()
  const query: Query = async (text, values = []) => {
    statements.push(text)
    return (await client.query(text, [...values])).rows
  }
  const change = async <T>(work: () => Promise<T>): Promise<T> => {
    remembered.clear()
    try {
      return await work()
    } finally {
      remembered.clear()
    }
  }
  const session: DjangoSession & { statements: string[] } = {
    statements,
    location: internal.location,
    isReadOnly: false,
    layout: await layoutOf(internal),
    query,
    write: (text, values) => change(() => query(text, values)),
    transaction: () => Promise.reject(new Error('not here')),
    remember(key, read) {
      const known = isFresh ? undefined : remembered.get(key)
      if (known !== undefined) return known as ReturnType<typeof read>
      const answer = read()
      remembered.set(key, answer)
      return answer
    },
    forget: () => remembered.clear(),
    close: () => client.end(),
  }
  onTestFinished(() => session.close())
  return session
}

async function layoutOf({ query, schema, step }: InternalDatabase): Promise<Layout> {
  const columns = await query<{ table: string; name: string; nullable: boolean }>(
    `SELECT table_name AS table, column_name AS name, is_nullable = 'YES' AS nullable
     FROM information_schema.columns WHERE table_schema = $1`,
    [schema],
  )
  const tables = Map.groupBy(columns, ({ table }) => table)
  return {
    generation: isModern(step) ? 'modern' : 'legacy',
    schema,
    tables: new Map([...tables].map(([name, own]) => [name, new Set(own.map((column) => column.name))])),
    nullable: new Set(
      columns.filter(({ nullable }) => nullable).map(({ table, name }) => `${table}.${name}`),
    ),
    migrations: [],
    unknownMigrations: [],
    missingMigrations: [],
    releases: null,
    mayCreateSchema: true,
    hasJournal: false,
    isStandby: false,
  }
}
