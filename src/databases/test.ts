import { type ErrorCode, OperatorError } from '../errors.ts'
import { checkServer } from '../postgres/checks.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings, ServerFacts } from '../postgres/types.ts'
import { type Abilities, readAbilities, unableError } from '../schema/abilities.ts'
import { missingSchemas } from '../schema/privileges.ts'
import { readSchemaState } from '../schema/state.ts'
import type { Store } from '../store/types.ts'
import type { RunOptions } from './events.ts'
import { notFound } from './not-found.ts'
import { withOpen } from './open.ts'

/** What a test of one stored database found. */
export interface DatabaseTest {
  name: string
  ok: boolean
  serverVersion: string | null
  privileges: ServerFacts['privileges'] | null
  /** What the role can really do; `null` where nobody could ask. */
  abilities: Abilities | null
  /** The installed Mathesar schemas; `null` where there are none. */
  schema: { source: string; version: string | null } | null
  error: { code: ErrorCode; message: string; hint: string } | null
}

/** Enough that one dead server does not hold up the others, few enough not to use up a small server's slots. */
const AT_ONCE = 16

/**
 * Tests stored databases, several at the same time: connection, login, version, privileges, installed schemas.
 * A failure of one is its row's `error`, not a rejection. Errors: `NOT_FOUND` for a name that is not stored.
 */
export async function testDatabases(
  store: Store,
  names: readonly string[] | 'all',
  options: RunOptions & { onResult?: (test: DatabaseTest) => void } = {},
): Promise<DatabaseTest[]> {
  const known = await store.names()
  const wanted = names === 'all' ? known : names
  for (const name of wanted) if (!known.includes(name)) throw notFound(name, known)

  const results: DatabaseTest[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < wanted.length; index = next++) {
      const name = wanted[index]
      if (name === undefined) return
      const test = await testOne(store, name, options)
      results[index] = test
      options.onResult?.(test)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted.length) }, worker))
  return results
}

async function testOne(store: Store, name: string, options: RunOptions): Promise<DatabaseTest> {
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
    await probe(await store.settings(name), test, options)
    test.ok = true
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code === 'ABORTED') throw error
    test.error = { code: error.code, message: error.message, hint: error.hint }
  }
  return test
}

async function probe(settings: ConnectionSettings, test: DatabaseTest, options: RunOptions): Promise<void> {
  let missing: string[] = []
  let unable: OperatorError | null = null
  await withOpen(settings, options, async (session) => {
    const facts = await readServerFacts(session)
    test.serverVersion = facts.version
    test.privileges = facts.privileges
    const state = await readSchemaState(session)
    missing = missingSchemas(state)
    if (state.kind === 'ours' && state.record) {
      test.schema = { source: state.record.source, version: state.record.version }
    } else if (state.kind === 'foreign') {
      test.schema = { source: 'adopted', version: null }
    }
    checkServer(facts)
    const reading = await readAbilities(session)
    test.abilities = reading.abilities
    unable = unableError(reading)
  })
  if (unable !== null) throw unable
  if (test.schema !== null && (test.schema.source === 'adopted' || missing.length === 0)) return
  if (test.schema !== null) {
    throw new OperatorError(
      'SCHEMA_CONFLICT',
      `The connection works, but database "${settings.database}" lacks the Mathesar schemas ${missing.join(' and ')}.`,
      'Complete them by running "mathesarctl db add" again with the same values, or with "mathesarctl schema install".',
    )
  }
  throw new OperatorError(
    'SCHEMA_CONFLICT',
    `The connection works, but database "${settings.database}" has no Mathesar schemas.`,
    'Install them by running "mathesarctl db add" again with the same values, or with "mathesarctl schema install".',
  )
}
