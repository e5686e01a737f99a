import type { OperatorError } from '../../errors.ts'
import { unavailable } from '../errors.ts'
import type { WriteRefusal } from '../types.ts'
import { type ErrorPlace, mayNot } from './errors.ts'
import { missingMigrations, releasesOf, unknownMigrations } from './migrations.ts'
import type { Generation, Layout } from './types.ts'

/** What the message that opens a session returns about Mathesar's tables (opening.sql). */
export interface OpeningFacts {
  /** The role may read django_migrations. */
  mayRead: boolean
  /** The names of Mathesar's migrations, each once, in the order in which they were applied. */
  names: readonly string[]
  /** The schema with django_migrations in the role's search_path; `null` if there is none. */
  schema: string | null
  /** All schemas that have a table django_migrations. */
  schemas: readonly string[]
  /** Of each table of Mathesar's: its name, its columns, and which of them take NULL. */
  tables: readonly (readonly [name: string, columns: readonly string[], nullable: readonly string[]])[]
  /** The roles that own these tables and are no superusers, where this role is one. */
  otherOwners: readonly string[]
  mayCreateSchema: boolean
  isStandby: boolean
  /** Transactions of the role can write, as far as its settings are concerned. */
  isWritable: boolean
  hasJournal: boolean
}

/** The columns that identify the legacy layout, beside `id`, `name` and the times. */
const LEGACY_COLUMNS = ['db_name', 'username', 'password', 'host', 'port', 'deleted']

/** The tables that identify the modern layout, with the columns that every release since 0.2.0 has. */
const MODERN_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  mathesar_server: ['id', 'host', 'port', 'created_at', 'updated_at'],
  mathesar_database: ['id', 'name', 'server_id', 'last_confirmed_sql_version', 'created_at', 'updated_at'],
  mathesar_configuredrole: ['id', 'name', 'server_id', 'password', 'created_at', 'updated_at'],
  mathesar_userdatabaserolemap: ['id', 'user_id', 'database_id', 'configured_role_id', 'server_id'],
}

/**
 * Detects the layout, by the columns that exist; the migrations only name the releases.
 *
 * Errors: `STORE_UNAVAILABLE` if these are not the tables of a Mathesar 0.1.4 to 0.1.7 or 0.2.0 and later,
 * with what they are; `INSUFFICIENT_PRIVILEGE` if the role may not read them.
 */
export function readLayout(facts: OpeningFacts, place: ErrorPlace): Layout {
  const { schema, names } = facts
  if (schema === null) throw noTables(facts, place)
  if (!facts.mayRead) throw mayNot(place, `it may not read ${schema}.django_migrations`)
  const tables = new Map(facts.tables.map(([name, columns]) => [name, new Set(columns)]))
  const generation = generationOf(tables, names, place)
  return {
    generation,
    schema,
    tables,
    nullable: new Set(facts.tables.flatMap(([name, , nullable]) => nullable.map((one) => `${name}.${one}`))),
    migrations: names,
    unknownMigrations: unknownMigrations(generation, names),
    missingMigrations: missingMigrations(generation, names),
    releases: releasesOf(generation, names),
    otherOwners: facts.otherOwners,
    mayCreateSchema: facts.mayCreateSchema,
    hasJournal: facts.hasJournal,
    isStandby: facts.isStandby,
    isWritable: facts.isWritable,
  }
}

/**
 * Returns why Mathesar's rows must not be written in a layout; `null` if they may be.
 *
 * @param acceptUnknown the operator accepts migrations that this version does not know
 */
export function writeRefusal(layout: Layout, acceptUnknown: boolean): WriteRefusal | null {
  const { unknownMigrations: unknown, missingMigrations: missing } = layout
  if (layout.isStandby) {
    return {
      reason: 'its server is a standby (in recovery), which accepts no writes',
      hint: 'Use the host of the primary server.',
      isServerReadOnly: true,
    }
  }
  if (!layout.isWritable) {
    return {
      reason: 'the transactions of its role are read-only there (default_transaction_read_only is on)',
      hint: 'Connect to the primary server, or have default_transaction_read_only turned off for the role.',
      isServerReadOnly: true,
    }
  }
  const [owner] = layout.otherOwners
  if (owner !== undefined) {
    return {
      reason: `its tables belong to role ${JSON.stringify(owner)}, whose triggers would run with the rights of this superuser`,
      hint: "Connect as that role, or as the one that Mathesar itself uses (POSTGRES_USER in Mathesar's environment).",
    }
  }
  if (missing.length > 0) {
    return {
      reason: `the migrations of its Mathesar are not complete: ${missing.join(', ')} missing`,
      hint: 'Start Mathesar, which completes its migrations, and check its log. Then run the same command again.',
    }
  }
  if (unknown.length > 0 && !acceptUnknown) {
    return {
      reason: `it has migrations of a Mathesar that this version does not know: ${unknown.join(', ')}`,
      hint:
        'Use a newer mathesarctl. To write nevertheless, as a Mathesar without these migrations would, ' +
        'pass --accept-unknown-layout.',
    }
  }
  return null
}

/** Returns whether servers have an sslmode: since 0.8.0. */
export function hasSslMode({ tables }: Pick<Layout, 'tables'>): boolean {
  return tables.get('mathesar_server')?.has('sslmode') === true
}

/** Returns whether databases have nicknames beside their names: since 0.2.1. */
export function hasNicknames({ tables }: Pick<Layout, 'tables'>): boolean {
  return tables.get('mathesar_database')?.has('nickname') === true
}

/** Returns whether there are forms: since 0.5.0. */
export function hasForms({ tables }: Pick<Layout, 'tables'>): boolean {
  return tables.has('mathesar_form')
}

type Tables = ReadonlyMap<string, ReadonlySet<string>>

function generationOf(tables: Tables, names: readonly string[], place: ErrorPlace): Generation {
  const has = (table: string, columns: readonly string[]) => {
    const own = tables.get(table)
    return own !== undefined && columns.every((column) => own.has(column))
  }
  const databases = tables.get('mathesar_database')
  const hasServers = tables.has('mathesar_server') || databases?.has('server_id') === true
  if (tables.has('mathesar_connection') || names.includes('0007_users_permissions_remodel')) {
    throw refused(place, 'it is that of Mathesar 0.2.0-testing.1, whose layout was given up')
  }
  if (databases === undefined) throw notMigrated(place)
  const isLegacy = has('mathesar_database', LEGACY_COLUMNS)
  if (isLegacy && hasServers) {
    throw refused(place, 'it has the tables of Mathesar 0.1.x and of 0.2.0 or later at once')
  }
  if (isLegacy) return 'legacy'
  if (Object.entries(MODERN_COLUMNS).every(([table, columns]) => has(table, columns))) return 'modern'
  if (hasServers) throw notMigrated(place)
  if (!databases.has('host')) {
    throw refused(
      place,
      'it is that of Mathesar 0.1.0 to 0.1.3, which keeps connections in its environment and not in its database',
    )
  }
  throw refused(place, 'its table mathesar_database is of no release of Mathesar that this version knows')
}

/** What to do where a Mathesar has to be replaced. */
function refused({ location }: ErrorPlace, reason: string): OperatorError {
  return unavailable(
    location,
    reason,
    'Install Mathesar 0.2.0 or later with an empty internal database, and add the databases there.',
  )
}

function notMigrated({ location }: ErrorPlace): OperatorError {
  return unavailable(
    location,
    "it lacks some of Mathesar's tables: Mathesar has not created them completely",
    'Start Mathesar, which creates its tables, and check its log. Then run the same command again.',
  )
}

function noTables({ schemas }: OpeningFacts, { location, settings }: ErrorPlace): OperatorError {
  if (schemas.length > 0) {
    const list = schemas.map((schema) => JSON.stringify(schema)).join(', ')
    return unavailable(
      location,
      `role "${settings.user}" does not find Mathesar's tables: they are in the schema ${list}, which is not ` +
        'in its search_path or which it may not use',
      "Connect as the role that Mathesar itself uses (POSTGRES_USER in Mathesar's environment).",
    )
  }
  return unavailable(
    location,
    'it does not contain the tables of a Mathesar',
    "Check the name of the database (POSTGRES_DB in Mathesar's environment). Mathesar creates its tables when it first starts.",
  )
}
