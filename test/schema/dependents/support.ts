import { expect } from 'vitest'
import type { ConnectionSettings, Session } from '../../../src/postgres/types.ts'
import { removeSchema } from '../../../src/schema/removal/remove.ts'
import type { Removal, RemoveOptions } from '../../../src/schema/types.ts'
import { createDatabase, sql, superuserSettings } from '../../support/database.ts'
import { as, installedDatabase, withSession } from '../support.ts'
import { type DescribeOptions, type Description, describeDatabase } from './describe-database.ts'

export const options: RemoveOptions = { lockTimeoutMs: 10_000, strategy: 'convert' }

/** Two databases of one owner: one with the Mathesar schemas, and its twin that has never had them. */
export interface Twins {
  installed: ConnectionSettings
  plain: ConnectionSettings
}

let template: Promise<ConnectionSettings> | undefined

/**
 * A copy of a database with the bundled schemas, whose owner the tests of a file share; as its owner's
 * settings.
 */
export async function installedCopy(): Promise<ConnectionSettings> {
  template ??= installedDatabase()
  const owner = await template
  return {
    ...owner,
    database: await createDatabase({ owner: owner.user, suffix: `TEMPLATE "${owner.database}"` }),
  }
}

export async function twins(): Promise<Twins> {
  const installed = await installedCopy()
  const database = await createDatabase({ owner: installed.user })
  return { installed, plain: { ...installed, database } }
}

/** `$money(12.5, EUR)` in a script is a value of multicurrency_money. */
const MONEY = /\$money\(([^,]*), *([^)]*)\)/g

const PLAIN: readonly [RegExp, string][] = [
  [/\bmathesar_types\.(email|uri)\b/g, 'text'],
  [/\bmathesar_types\.mathesar_money\b/g, 'numeric'],
  [/\bmathesar_types\.(mathesar_json_array|mathesar_json_object|multicurrency_money)\b/g, 'jsonb'],
]

/** A test's script for the database with the Mathesar schemas. */
export function mathesarScript(script: string): string {
  return script.replace(MONEY, (_, value, currency) =>
    currency === 'NULL'
      ? `ROW(${value}, NULL)::mathesar_types.multicurrency_money`
      : `ROW(${value}, '${currency}')::mathesar_types.multicurrency_money`,
  )
}

/** The same script as somebody would have written it who never had the types. */
export function plainScript(script: string): string {
  const values = script.replace(MONEY, (_, value, currency) => {
    const code = currency === 'NULL' ? 'null' : `"${currency.padEnd(3)}"`
    return `'{"value": ${value === 'NULL' ? 'null' : value}, "currency": ${code}}'::jsonb`
  })
  return PLAIN.reduce((text, [type, plain]) => text.replace(type, plain), values)
}

/** Runs a script in both, each in its own words. */
export async function runInTwins({ installed, plain }: Twins, script: string): Promise<void> {
  await as(installed, mathesarScript(script))
  await as(plain, plainScript(script))
}

/** The description of a database, as a superuser sees it. */
export async function describe(
  settings: ConnectionSettings,
  describing: DescribeOptions = {},
): Promise<Description> {
  return withSession(superuserSettings(settings.database), (session) => describeDatabase(session, describing))
}

export async function convert(
  settings: ConnectionSettings,
  more: Partial<RemoveOptions> = {},
): Promise<Removal> {
  return withSession(settings, (session) => removeSchema(session, { ...options, ...more }))
}

interface TwinOptions extends DescribeOptions {
  /** Who runs the script and converts: the databases' owner by default. */
  superuser?: boolean
  /** Run by a superuser in both before the script. */
  before?: string
  /** The script for the twin, where it can't be told from the other. */
  twin?: string
}

/**
 * Runs a script in both databases, converts the one with the Mathesar schemas, and expects the two to be the
 * same. Returns what the removal told, and the databases.
 */
export async function expectTwins(
  script: string,
  { superuser = false, before = '', twin, ...describing }: TwinOptions = {},
): Promise<Removal & { settings: ConnectionSettings }> {
  const pair = await twins()
  for (const { database } of [pair.installed, pair.plain]) if (before !== '') await sql(database, before)
  const role = (settings: ConnectionSettings) => (superuser ? superuserSettings(settings.database) : settings)
  const settings = role(pair.installed)
  await as(settings, mathesarScript(script))
  await as(role(pair.plain), twin ?? plainScript(script))
  const removal = await convert(settings)
  expect(await describe(settings, describing)).toEqual(await describe(pair.plain, describing))
  expect(await mathesarSchemas(settings)).toEqual([])
  return { ...removal, settings }
}

/** The names of the Mathesar schemas that are there. */
export async function mathesarSchemas(settings: ConnectionSettings): Promise<string[]> {
  const rows = await sql<{ name: string }>(
    settings.database,
    `SELECT nspname AS name FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types') ORDER BY 1`,
  )
  return rows.map(({ name }) => name)
}

/** The number of the server's version, such as 180004. */
export async function serverVersion(session: Pick<Session, 'run'>): Promise<number> {
  const [row] = await session.run<{ number: number }>(
    `SELECT current_setting('server_version_num')::integer AS number`,
  )
  return row?.number ?? 0
}
