import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import type { Cluster } from '../../support/postgres.ts'
import { installedDatabase } from '../support.ts'

/** What the server answers where it raises an error. */
export interface Failure {
  code: string
  message: string
}

/** An exception that the casts raise themselves. */
export const raised = (message: string): Failure => ({ code: 'P0001', message })

/** A value that breaks the check of a domain of ours. */
export const violates = (type: string): Failure => ({
  code: '23514',
  message: `value for domain mathesar_types.${type} violates check constraint "${type}_check"`,
})

/** Text that the input of a type cannot read. */
export const unreadable = (type: string, text: string, code = '22P02'): Failure => ({
  code,
  message: `invalid input syntax for type ${type}: "${text}"`,
})

export const outOfRange = (message: string): Failure => ({ code: '22003', message })

/** Date or time fields that no calendar has. */
export const impossible = (text: string): Failure => ({
  code: '22008',
  message: `date/time field value out of range: "${text}"`,
})

/** Source type, value in its text form, text form of the result or the error. */
export type Row = readonly [source: string, value: string, expected: string | Failure]

/** A connection to a database with the schemas, for the tests of one file. */
export class Database {
  #client: pg.Client | null = null
  settings: ConnectionSettings | null = null

  async open(cluster?: Cluster): Promise<void> {
    this.settings = await installedDatabase(cluster)
    const { host, port, database, user, password } = this.settings
    this.#client = new pg.Client({ host, port, database, user, password: password ?? '' })
    await this.#client.connect()
  }

  async close(): Promise<void> {
    await this.#client?.end()
  }

  /** Runs statements and returns the rows of the last one. */
  async run(text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
    if (this.#client === null) throw new Error('not connected')
    const result: pg.QueryResult | pg.QueryResult[] = await this.#client.query(text, values)
    return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? []
  }

  /** The value of an expression. */
  async value(expression: string, ...values: unknown[]): Promise<unknown> {
    const [row] = await this.run(`SELECT ${expression} AS value`, values.length > 0 ? values : undefined)
    return row?.value
  }

  /** The text form of an expression's value, or the error. */
  async outcome(expression: string): Promise<string | null | Failure> {
    try {
      return (await this.value(`(${expression})::pg_catalog.text`)) as string | null
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error
      return { code: error.code ?? '', message: error.message }
    }
  }
}

/** Opens a database before the tests of a file and closes it after them. */
export function useDatabase(): Database {
  const database = new Database()
  beforeAll(() => database.open())
  afterAll(() => database.close())
  return database
}

/**
 * Tests of one cast function. `money` values are written as numbers, for their text form depends on the
 * locale.
 */
export function testCasts(
  database: Database,
  name: string,
  rows: readonly Row[],
  { title = name, session = '' }: { title?: string; session?: string } = {},
): void {
  describe(title, () => {
    it.each(rows)('casts %s %j', async (source, value, expected) => {
      await database.run(`RESET ALL; SET TimeZone = 'UTC'; ${session}`)
      const literal = pg.escapeLiteral(value)
      const argument = source === 'money' ? `${literal}::numeric::money` : `${literal}::${source}`
      const call = `mathesar_types.${name}(${argument})`
      expect(await database.outcome(call)).toEqual(expected)
    })
  })
}

/** Returns the same rows for each of the types of text. */
export function asText(rows: readonly (readonly [value: string, expected: string | Failure])[]): Row[] {
  return ['text', 'character varying'].flatMap((source) =>
    rows.map(([value, expected]) => [source, value, expected] as const),
  )
}
