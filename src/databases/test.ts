import { type ErrorCode, OperatorError } from '../errors.ts'
import { joinHints, shellQuoted, toRun } from '../hint.ts'
import { listed } from '../listed.ts'
import { checkServer } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ServerFacts } from '../postgres/types.ts'
import type { RemainsError } from '../schema/errors.ts'
import { type Abilities, readAbilities, unableError } from '../schema/inspect/abilities.ts'
import { missingSchemas } from '../schema/inspect/privileges.ts'
import { remainsError } from '../schema/inspect/remains.ts'
import { readSchemaState } from '../schema/inspect/state.ts'
import { contentsOf } from '../schema/sources/known.ts'
import type { SchemaState } from '../schema/types.ts'
import { type Capabilities, NO_SQL_VERSION, type Store, type StoredDatabase } from '../store/types.ts'
import {
  type ActingSession,
  findStored,
  openAsActingRole,
  storedRoles,
  warnOfOtherRole,
} from './acting-role.ts'
import { remainsHint } from './choice-command.ts'
import { droppedText } from './choose-action.ts'
import type { RunOptions } from './events.ts'
import { eventsAbout } from './events-about.ts'
import { withRecordRemoval } from './gone.ts'
import { installHint } from './install-hint.ts'
import { MOST_CONNECTIONS, mapConcurrently } from './map-concurrently.ts'
import { findMisfit, missingObjects } from './misfit.ts'
import { notFound } from './not-found.ts'
import { closing, withStoredPassword } from './open.ts'
import { rowMessage } from './row-message.ts'
import { sourceFlagsText } from './source-text.ts'
import { resolveStoredName } from './stored-name.ts'
import { type PresentSchema, presentSchemaOf } from './stored-schema.ts'

/** The result of testing one stored database. */
export interface DatabaseTest {
  name: string
  /** The role that was tested, where several are stored. */
  role?: string
  ok: boolean
  serverVersion: string | null
  privileges: ServerFacts['privileges'] | null
  /** What the role can really do; `null` if the server could not be asked. */
  abilities: Abilities | null
  /** The installed Mathesar schemas; `null` if there are none. */
  schema: PresentSchema | null
  error: { code: ErrorCode; message: string; hint: string } | null
}

/**
 * Tests stored databases, several at the same time: connection, login, version, privileges, installed
 * schemas. A failure of one is its row's `error`, not a rejection. Errors: `NOT_FOUND` for a name that is not
 * stored; `USAGE` for one that several share.
 *
 * @param options `role`: the stored role to test, instead of the one that acts; `neededVersion`: the version
 * of the Mathesar of the store, where this machine has its tree; `isSourceAtHand`: an upgrade finds the SQL
 * that this Mathesar needs
 */
export async function testDatabases(
  store: Store,
  names: readonly string[] | 'all',
  options: RunOptions & {
    role?: string | undefined
    neededVersion?: string | null
    isSourceAtHand?: boolean
    onResult?: (test: DatabaseTest) => void
  } = {},
): Promise<DatabaseTest[]> {
  const stored = await store.names()
  const testedNames =
    names === 'all' ? stored : await Promise.all(names.map((name) => resolveStoredName(store, name)))
  for (const name of testedNames) if (!stored.includes(name)) throw notFound(name, stored)

  const hints = new Set<string>()
  return mapConcurrently(testedNames, MOST_CONNECTIONS, async (name) => {
    const reporting = names === 'all' ? eventsAbout(name, options, hints) : options
    const { role, neededVersion = null, isSourceAtHand = true } = options
    const test = await testOne(store, { name, role, neededVersion, isSourceAtHand }, reporting)
    options.onResult?.(test)
    return test
  })
}

async function testOne(
  store: Store,
  { name, role, ...sql }: { name: string; role: string | undefined } & NeededSource,
  options: RunOptions,
): Promise<DatabaseTest> {
  const test: DatabaseTest = {
    name,
    ok: false,
    serverVersion: null,
    privileges: null,
    abilities: null,
    schema: null,
    error: null,
  }
  try {
    const stored = await findStored(store, name)
    const opened = await openAsActingRole(
      store,
      stored,
      { role, isWarned: true },
      withStoredPassword(options, name),
    )
    if (storedRoles(stored).length > 1) test.role = opened.settings.user
    const expected = { store, stored, ...sql, options }
    await probe(opened, test, expected).catch((error: unknown) => {
      const isUnable = error instanceof OperatorError && error.code === 'INSUFFICIENT_PRIVILEGE'
      const { refusal } = opened
      if (!isUnable || refusal === undefined) throw error
      // What another role lacks is no answer to why the first one does not act.
      Object.assign(test, { role: stored.user, privileges: null, abilities: null })
      throw refusal
    })
    warnOfOtherRole(stored, opened, options)
    test.ok = true
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'ABORTED') throw error
    const { hint } = withRecordRemoval(error, name)
    test.error = { code: error.code, message: rowMessage(error), hint }
  }
  return test
}

/** What is known of the SQL that the Mathesar of the store needs. */
interface NeededSource {
  /** Its version; `null` if no tree shows it. */
  neededVersion: string | null
  /** An upgrade finds it without flags that name it. */
  isSourceAtHand: boolean
}

interface Expectations extends NeededSource {
  store: Pick<Store, 'capabilities' | 'mathesar'>
  stored: StoredDatabase
  options: RunOptions
}

async function probe(
  { session, settings }: ActingSession,
  test: DatabaseTest,
  { store, stored, neededVersion, isSourceAtHand, options }: Expectations,
): Promise<void> {
  const { name } = test
  const { capabilities, mathesar } = store
  const { state, unable } = await closing(session, async () => {
    const facts = await readServerFacts(session)
    test.serverVersion = facts.version
    test.privileges = facts.privileges
    const schemaState = await readSchemaState(session)
    test.schema = presentSchemaOf(schemaState)
    checkServer(facts)
    const reading = await readAbilities(session)
    test.abilities = reading.abilities
    return { state: schemaState, unable: unableError(reading) }
  })
  if (state.kind === 'remains') {
    throw withRemainsHint(remainsError(state, settings.database), name, capabilities)
  }
  if (unable !== null) throw unable
  const hint = (sentence: string) => installHint(sentence, name, capabilities)
  // The record states that nothing is installed: a database without schemas is as it should be.
  if (state.kind === 'absent' && stored.confirmedVersion === NO_SQL_VERSION) {
    options.onProgress?.({
      type: 'warning',
      message: `Database "${settings.database}" is registered, and has no Mathesar schemas yet.`,
      hint: hint('Install them:'),
    })
    return
  }
  refuseUnusable(state, settings.database, hint)
  refuseDamaged(state, stored, sourceFlagsText(isSourceAtHand))
  const { generation } = capabilities
  const releases = mathesar?.releases ?? null
  const needed = { generation, releases, version: neededVersion, isAtHand: isSourceAtHand }
  const misfit = findMisfit(state, stored, needed)
  if (misfit !== null) options.onProgress?.({ type: 'warning', ...misfit })
}

/** Returns the error about remains with a hint that the internal database allows. */
function withRemainsHint(error: RemainsError, name: string, capabilities: Capabilities): RemainsError {
  if (error.details.data?.remains === 'types') {
    return error.with({ hint: installHint('Complete them; the types stay:', name, capabilities) })
  }
  if (capabilities.generation !== 'modern') return error.with({ hint: remainsHint(name) })
  const remove = toRun(
    'To remove what is left instead, run:',
    `mathesarctl schema remove ${shellQuoted(name)}`,
  )
  return error.with({ hint: joinHints(installHint('', name, capabilities), remove) })
}

/**
 * Errors: `SCHEMA_CONFLICT` if objects are gone that the schemas had, so that parts of Mathesar fail.
 *
 * @param flags what an upgrade needs besides the name
 */
function refuseDamaged(state: SchemaState, stored: StoredDatabase, flags: string): void {
  const missing = missingObjects(state, stored)
  if (missing === 0) return
  // Only where a Mathesar uses the database is its release found.
  const version = stored.confirmedVersion == null ? releaseOf(state) : null
  const release = version === null ? '' : ` --release ${version}`
  throw new OperatorError(
    'SCHEMA_CONFLICT',
    `The connection works, but database "${stored.database}" lacks ${droppedText(missing)} of its Mathesar ` +
      'schemas: somebody dropped them.',
    toRun(`Restore them${flags}:`, `mathesarctl db upgrade ${shellQuoted(stored.name)}${release}`),
  )
}

/** Returns the version of the SQL of a release that a database has; `null` if nothing shows it. */
function releaseOf(state: SchemaState): string | null {
  if (state.kind === 'ours') return state.record.source === 'release' ? state.record.version : null
  return state.kind === 'foreign' ? (state.releases?.newest ?? null) : null
}

/** Errors: `SCHEMA_CONFLICT` if no Mathesar can work with the schemas of the database. */
function refuseUnusable(state: SchemaState, database: string, hint: (sentence: string) => string): void {
  if (state.kind === 'ours' && !state.isComplete) {
    const missing = missingSchemas(contentsOf(state.record), state)
    throw new OperatorError(
      'SCHEMA_CONFLICT',
      missing.length > 0
        ? `The connection works, but database "${database}" lacks the Mathesar schemas ${listed(missing)}.`
        : `The connection works, but most functions of schema msar are missing in database "${database}".`,
      hint('Complete them:'),
    )
  }
  if (state.kind === 'absent') {
    throw new OperatorError(
      'SCHEMA_CONFLICT',
      `The connection works, but database "${database}" does not match its record: it has no Mathesar schemas.`,
      hint('Install them:'),
    )
  }
}
