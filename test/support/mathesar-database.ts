import { readFileSync } from 'node:fs'
import pg from 'pg'
import { onTestFinished } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { type Decryption, decrypt, deriveKey, encrypt, type FernetKey } from '../../src/secrets/fernet.ts'
import { createDatabase, createRole, sharedCluster, sql, superuserSettings, uniqueName } from './database.ts'
import type { Cluster } from './postgres.ts'

/** The migrations of the modern layout, in order: a step is the last one that is applied. */
export const MODERN_MIGRATIONS = [
  '0001_initial',
  '0002_custom_db_server_integrity_constraints',
  '0003_v021',
  '0004_tablemetadata_mathesar_added_pkey_attnum',
  '0005_make_server_port_nullable',
  '0006_analyticsreport_sso_connected_user_count',
  '0007_form_formfield',
  '0008_downloadlink',
  '0009_columnmetadata_file_backend',
  '0010_server_sslmode',
  '0011_columnmetadata_user_type',
  '0012_alter_user_username',
] as const

/** The modern steps that a release has, the newest last. */
export const MODERN_STEPS = [
  '0002',
  '0003',
  '0004',
  '0005',
  '0006',
  '0007',
  '0008',
  '0009',
  '0010',
  '0011',
  '0012',
] as const

/** The legacy layout as Django 3.1 (0.1.4, 0.1.5) and Django 4.2 (0.1.6, 0.1.7) create it. */
export const LEGACY_STEPS = ['legacy-serial', 'legacy-identity'] as const

export type ModernStep = (typeof MODERN_STEPS)[number]
export type LegacyStep = (typeof LEGACY_STEPS)[number]

/**
 * A layout of an internal database. `0.1.3` has no credentials yet, `testing` is the pre-release
 * 0.2.0-testing.1, and `django` has the tables of Django alone.
 */
export type MathesarStep = ModernStep | LegacyStep | '0001' | '0.1.3' | 'testing' | 'django'

/** A user of Mathesar that is created with the database. */
export interface NewMathesarUser {
  username: string
  isSuperuser?: boolean
  isActive?: boolean
}

export interface InternalDatabaseOptions {
  /** The newest one by default. */
  step?: MathesarStep
  /** The schema of the tables, which the role's search_path then leads to; `public` by default. */
  schema?: string
  /** One active superuser `admin` by default; their ids count from 1. */
  users?: readonly NewMathesarUser[]
  /** Whether the role may create schemas in the database, as its owner may; so by default. */
  mayCreateSchema?: boolean
  /** The SECRET_KEY of this Mathesar. */
  secretKey?: string
  cluster?: Cluster
}

/** An internal database of Mathesar on PostgreSQL. */
export interface InternalDatabase {
  step: MathesarStep
  schema: string
  /** The connection of the role that owns the tables, as POSTGRES_* of that Mathesar state it. */
  settings: ConnectionSettings
  /** The URL for `--internal-db`, with the password. */
  url: string
  /** The URL without the password. */
  location: string
  secretKey: string
  /** The text of a `.env` with POSTGRES_* and SECRET_KEY. */
  envFile: string
  /** Runs statements as the superuser, with the schema in `search_path`, and returns the rows of the last. */
  query<Row extends object = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<Row[]>
  /** Opens a session of the internal role, as the application has it; it ends with the test. */
  connect(): Promise<pg.Client>
  /** Returns the rows of all tables that have any, in the order of their ids, as JSON. */
  snapshot(): Promise<Record<string, Record<string, unknown>[]>>
  encrypt(plaintext: string): Promise<string>
  decrypt(token: string): Promise<Decryption>
  /** Drops the database at once; a test that created it does so at its end by itself. */
  drop(): Promise<void>
}

/** The SECRET_KEY of internal databases that state none. */
export const MATHESAR_SECRET_KEY = 'a-secret-key-of-the-tests'

/** The key of an advisory lock that only the tests use. */
const TEMPLATE_LOCK = 7_301_403

/** By the data directory of the server and the name of the template. */
const templates = new Map<string, Promise<string>>()
const keys = new Map<string, Promise<FernetKey>>()

/**
 * Creates an internal database of a layout with a role of its own, as a copy of a template that holds the
 * tables and `django_migrations` as that release leaves them.
 */
export async function createInternalDatabase(
  options: InternalDatabaseOptions = {},
): Promise<InternalDatabase> {
  const { step = '0012', schema = 'public', secretKey = MATHESAR_SECRET_KEY } = options
  const cluster = options.cluster ?? sharedCluster()
  const template = await templateOf(step, schema, cluster)
  const role = await createRole({}, cluster)
  const mayCreateSchema = options.mayCreateSchema ?? true
  const database = await createDatabase(
    {
      name: uniqueName('mathesar_django'),
      suffix: `TEMPLATE ${template}`,
      ...(mayCreateSchema ? { owner: role.user } : {}),
    },
    cluster,
  )
  const path = pg.escapeIdentifier(schema)
  const inSchema = (text: string) => `SET search_path = ${path}; ${text}`
  await sql(
    database,
    [
      `SET search_path = ${path}`,
      `REASSIGN OWNED BY ${templateOwner(template)} TO ${role.user}`,
      schema === 'public' ? '' : `ALTER ROLE ${role.user} IN DATABASE ${database} SET search_path = ${path}`,
      usersStatement(step, options.users ?? [{ username: 'admin' }]),
    ].join('; '),
    [],
    null,
    cluster,
  )

  const clients = new Set<pg.Client>()
  const open = async (login: { user: string; password: string }) => {
    const { host, port } = cluster
    const client = new pg.Client({ host, port, database, ...login, ssl: false })
    // The database may be dropped, or the test may end the session from elsewhere.
    client.on('error', () => {})
    await client.connect()
    clients.add(client)
    return client
  }
  let administrator: Promise<pg.Client> | null = null
  const administer = async () => {
    const client = await open({ user: cluster.superuser, password: cluster.password })
    await client.query(inSchema(''))
    return client
  }
  const query = async <Row extends object>(text: string, values: readonly unknown[] = []) => {
    administrator ??= administer()
    const client = await administrator
    const result: pg.QueryResult | pg.QueryResult[] =
      values.length > 0 ? await client.query(text, [...values]) : await client.query(text)
    const last = Array.isArray(result) ? result.at(-1) : result
    return (last?.rows ?? []) as Row[]
  }
  const drop = async () => {
    for (const client of clients) await client.end()
    clients.clear()
    await sql('postgres', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`, [], null, cluster)
  }
  dropAtEnd(drop)

  const settings = { ...superuserSettings(database, cluster), ...role }
  const { host, port } = settings
  const at = `${host}:${port}/${database}`
  return {
    step,
    schema,
    settings,
    url: `postgresql://${role.user}:${encodeURIComponent(role.password)}@${at}`,
    location: `postgresql://${role.user}@${at}`,
    secretKey,
    envFile: [
      `POSTGRES_DB=${database}`,
      `POSTGRES_USER=${role.user}`,
      `POSTGRES_PASSWORD=${role.password}`,
      `POSTGRES_HOST=${host}`,
      `POSTGRES_PORT=${port}`,
      `SECRET_KEY=${secretKey}`,
      '',
    ].join('\n'),
    query,
    connect: () => open(role),
    snapshot: () => snapshot(query, schema),
    encrypt: async (plaintext) => encrypt(plaintext, await keyOf(secretKey)),
    decrypt: async (token) => decrypt(token, await keyOf(secretKey)),
    drop,
  }
}

/** The layout is modern: it has servers, configured roles and a map of users. */
export function isModern(step: MathesarStep): boolean {
  return /^00\d\d$/.test(step)
}

function keyOf(secretKey: string): Promise<FernetKey> {
  const derived = keys.get(secretKey) ?? deriveKey(secretKey)
  keys.set(secretKey, derived)
  return derived
}

/** Drops a database at the end of the running test; a hook that creates one drops it by itself. */
function dropAtEnd(drop: () => Promise<void>): void {
  try {
    onTestFinished(drop)
  } catch {
    // No test is running.
  }
}

function usersStatement(step: MathesarStep, users: readonly NewMathesarUser[]): string {
  if (users.length === 0) return ''
  const hasLanguage = step !== '0.1.3' && step !== 'django'
  const rows = users.map(({ username, isSuperuser = true, isActive = true }) =>
    [
      pg.escapeLiteral(username),
      "'!unusable'",
      isSuperuser,
      isSuperuser,
      isActive,
      "''",
      "'2025-01-28 12:00:00+00'",
      false,
      ...(hasLanguage ? ["'en'"] : []),
    ].join(', '),
  )
  return `INSERT INTO mathesar_user (username, password, is_superuser, is_staff, is_active, email, date_joined,
      password_change_needed${hasLanguage ? ', display_language' : ''})
    VALUES ${rows.map((row) => `(${row})`).join(', ')}`
}

async function snapshot(
  query: InternalDatabase['query'],
  schema: string,
): Promise<Record<string, Record<string, unknown>[]>> {
  const tables = await query<{ name: string; key: string }>(
    `SELECT c.relname AS name, a.attname AS key
     FROM pg_class AS c
       JOIN pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
       JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
     WHERE c.relnamespace = $1::regnamespace AND c.relkind = 'r'
     ORDER BY c.relname COLLATE "C"`,
    [pg.escapeIdentifier(schema)],
  )
  const selects = tables.map(({ name, key }) => {
    const columns = `jsonb_agg(to_jsonb(t) ORDER BY t.${pg.escapeIdentifier(key)})`
    return `SELECT ${pg.escapeLiteral(name)} AS name, ${columns} AS rows FROM ${pg.escapeIdentifier(name)} AS t`
  })
  const found = await query<{ name: string; rows: Record<string, unknown>[] | null }>(
    selects.join(' UNION ALL '),
  )
  return Object.fromEntries(found.flatMap(({ name, rows }) => (rows === null ? [] : [[name, rows]])))
}

/** Returns the name of a template, which is created if no worker of this run has done so. */
function templateOf(step: MathesarStep, schema: string, cluster: Cluster): Promise<string> {
  const suffix = schema === 'public' ? '' : `_${Buffer.from(schema).toString('hex').slice(0, 24)}`
  const database = `internal_${step.replace(/\W/g, '_')}${suffix}`
  const key = `${cluster.dataDirectory} ${database}`
  const preparing = templates.get(key) ?? prepareTemplate(database, step, schema, cluster)
  templates.set(key, preparing)
  return preparing
}

function templateOwner(template: string): string {
  return `${template}_owner`
}

async function prepareTemplate(
  database: string,
  step: MathesarStep,
  schema: string,
  cluster: Cluster,
): Promise<string> {
  const { host, port, superuser: user, password } = cluster
  const client = new pg.Client({ host, port, user, password, database: 'postgres', ssl: false })
  await client.connect()
  try {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK])
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
    if (rowCount === 0) await createTemplate(database, step, schema, cluster)
    return database
  } finally {
    await client.end()
  }
}

async function createTemplate(
  database: string,
  step: MathesarStep,
  schema: string,
  cluster: Cluster,
): Promise<void> {
  const owner = templateOwner(database)
  await createRole({ name: owner }, cluster)
  const unfinished = await createDatabase({ name: uniqueName('unfinished'), owner }, cluster)
  const path = pg.escapeIdentifier(schema)
  await sql(
    unfinished,
    [
      ...(schema === 'public' ? [] : [`CREATE SCHEMA ${path} AUTHORIZATION ${owner};`]),
      `SET ROLE ${owner};`,
      `SET search_path = ${path};`,
      ...stepStatements(step),
    ].join('\n'),
    [],
    null,
    cluster,
  )
  // REASSIGN OWNED in a copy would give the database itself to the owner of the tables.
  await sql('postgres', `ALTER DATABASE ${unfinished} OWNER TO ${cluster.superuser}`, [], null, cluster)
  await sql('postgres', `ALTER DATABASE ${unfinished} RENAME TO ${database}`, [], null, cluster)
}

/** Returns the statements that create the tables of a layout, for a session whose search_path leads there. */
export function stepStatements(step: MathesarStep): string[] {
  const django = part('django')
  if (step === 'django') return [django, part('identity')]
  if (step === '0.1.3') return [django, part('early')]
  const legacy = [django, part('early'), part('legacy')]
  if (step === 'legacy-serial') return legacy
  if (step === 'legacy-identity') return [...legacy, part('identity')]
  if (step === 'testing') return [...legacy, part('testing'), part('identity')]
  const last = MODERN_MIGRATIONS.findIndex((name) => name.startsWith(step))
  const migrations = MODERN_MIGRATIONS.slice(0, last + 1).flatMap((name) => [
    part(`modern-${name.slice(0, 4)}`),
    `INSERT INTO django_migrations (app, name, applied)
     VALUES ('mathesar', '${name}', '2025-01-28 12:00:00+00');`,
  ])
  return [django, ...migrations, part('identity')]
}

function part(name: string): string {
  return readFileSync(new URL(`mathesar/${name}.sql`, import.meta.url), 'utf8')
}
