/**
 * The states of a user database in which a release of Mathesar leaves it, and what each command does with
 * them.
 */
import { describe, expect, it } from 'vitest'
import {
  dependentsOf,
  installSchemaInto,
  removeSchemaFrom,
  schemaStatusOf,
} from '../../src/databases/schema.ts'
import { OperatorError } from '../../src/errors.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { installWithPsql, writeReleaseScript } from '../support/release-psql.ts'
import {
  createReleaseState,
  installRelease,
  type ReleaseState,
  removeRelease,
  runScripts,
} from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { as, schemaOwners } from './support.ts'

const source = releaseSource(releaseFiles('0.11.0'))
const remover = source.remover && { ...source.remover, version: source.version }
/** Without one a removal has the catalog alone; the tests of removals cover that for the bundled SQL too. */
const REMOVERS = (
  [
    ['with the remover of the release', remover],
    ['without one', null],
  ] as const
).slice(0, isSlowLane ? 2 : 1)
const MODERN = { oldest: '0.9.0', newest: '0.11.0' }

interface Expected {
  /** Of `schema status`. */
  status: object
  /** Kinds and names of what depends on the schemas. */
  dependents: readonly string[]
  /** What an install does. */
  action: 'upgrade' | 'complete'
  /** What is left in `mathesar_types` of earlier releases, which nothing drops while it is in use. */
  inUse: number
  /** Objects that a removal can't convert. */
  refused: readonly string[]
  /** Whether the user's objects use functions that do not stay with the types. */
  usesMsar?: true
}

const WORKING = { installed: true, state: 'foreign', remains: null, release: MODERN, drift: [] }
const TYPED = ['column mail', 'column page', 'column salary']

const STATES: Readonly<Record<ReleaseState, Expected>> = {
  clean: {
    status: { ...WORKING, staleRecord: null },
    dependents: [],
    action: 'upgrade',
    inUse: 0,
    refused: [],
  },
  'user object on an msar function': {
    status: { ...WORKING, staleRecord: null },
    dependents: ['view labels'],
    action: 'upgrade',
    inUse: 0,
    refused: ['view labels'],
    usesMsar: true,
  },
  'legacy upgraded with user objects': {
    status: { ...WORKING, staleRecord: { source: 'bundled' } },
    dependents: ['column page', 'default size', 'index site', 'view hosts'],
    action: 'upgrade',
    inUse: 3,
    refused: ['default size', 'index site', 'view hosts'],
  },
  'types only': {
    status: { installed: false, state: 'remains', remains: 'types', typesOnly: true },
    dependents: TYPED,
    action: 'complete',
    inUse: 0,
    refused: [],
  },
  'remains of a non-strict removal': {
    status: { installed: false, state: 'remains', remains: 'removal', typesOnly: false },
    dependents: TYPED,
    action: 'complete',
    inUse: 0,
    refused: [],
  },
  'msar gone': {
    status: { installed: false, state: 'remains', remains: 'msar missing', release: MODERN },
    dependents: [],
    action: 'complete',
    inUse: 0,
    refused: [],
  },
  'hstore casts': {
    status: { ...WORKING, staleRecord: { source: 'bundled' }, hstoreCasts: { length: 7 } },
    dependents: [],
    action: 'upgrade',
    inUse: 0,
    refused: [],
  },
}

async function inState(state: ReleaseState): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await createReleaseState(settings, state)
  return settings
}

/** Returns the numbers of routines by schema, and whether anything bears a comment. */
async function counts(database: string): Promise<object | undefined> {
  const [row] = await sql(
    database,
    `SELECT jsonb_object_agg(nspname, (SELECT count(*) FROM pg_proc WHERE pronamespace = n.oid)) AS routines,
       coalesce(jsonb_agg(nspname) FILTER (WHERE obj_description(n.oid, 'pg_namespace') IS NOT NULL), '[]')
         AS commented,
       (SELECT count(*)::integer FROM pg_constraint WHERE connamespace = to_regnamespace('mathesar_types')
         AND obj_description(oid, 'pg_constraint') IS NOT NULL) AS "commentedChecks"
     FROM pg_namespace n WHERE nspname IN ('msar', '__msar', 'mathesar_types')`,
  )
  return row
}

/** Returns all rows of the tables and views of the user. */
async function userData(database: string): Promise<object> {
  const relations = await sql<{ name: string }>(
    database,
    `SELECT relname AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1`,
  )
  const data: Record<string, object[]> = {}
  for (const { name } of relations) data[name] = await sql(database, `SELECT * FROM public.${name}`)
  return data
}

async function dependentNames(settings: ConnectionSettings): Promise<string[]> {
  const dependents = await dependentsOf(settings)
  return dependents.map(({ kind, column, relation }) => `${kind} ${column ?? relation}`).sort()
}

describe.each(Object.entries(STATES) as [ReleaseState, Expected][])('the state: %s', (state, expected) => {
  it('status and dependents describe it', async () => {
    const settings = await inState(state)
    expect(await schemaStatusOf(settings)).toMatchObject(expected.status)
    expect(await dependentNames(settings)).toEqual(expected.dependents)
  })

  it('an install makes it an install of the release, and keeps what the user has', async () => {
    const settings = await inState(state)
    const before = await userData(settings.database)
    expect(await installSchemaInto(settings, { source })).toMatchObject({
      status: 'installed',
      action: expected.action,
    })
    expect(await schemaStatusOf(settings)).toMatchObject({
      installed: true,
      state: 'ours',
      source: 'release',
      version: '0.11.0',
      hstoreCasts: [],
      drift: [],
    })
    const isHeld = expected.refused.length > 0
    expect(await counts(settings.database)).toEqual({
      routines: { msar: isHeld ? 480 : 479, __msar: 17, mathesar_types: expected.inUse },
      commented: ['msar'],
      commentedChecks: 0,
    })
    expect(await userData(settings.database)).toEqual(before)
    expect(await installSchemaInto(settings, { source })).toMatchObject({
      status: 'unchanged',
      action: 'keep',
    })
    // Mathesar itself upgrades it as its own.
    await installRelease(settings, '0.11.0')
    expect(await schemaStatusOf(settings)).toMatchObject({ ...WORKING, source: null })
    expect(await userData(settings.database)).toEqual(before)
    expect(await installSchemaInto(settings, { source })).toMatchObject({ action: 'upgrade' })
  })

  it.each(REMOVERS)(
    'a removal refuses what is in use, converts it, or keeps the types, %s',
    async (_, given) => {
      const refusing = await inState(state)
      if (expected.dependents.length > 0) {
        const before = [await counts(refusing.database), await userData(refusing.database)]
        await expect(removeSchemaFrom(refusing, { remover: given })).rejects.toMatchObject({
          code: 'DEPENDENTS_EXIST',
        })
        expect([await counts(refusing.database), await userData(refusing.database)]).toEqual(before)
      } else {
        await removeSchemaFrom(refusing, { remover: given })
        expect(await schemaOwners(refusing.database)).toEqual({})
      }

      const converting = await inState(state)
      if (expected.refused.length > 0) {
        await expect(
          removeSchemaFrom(converting, { onDependents: 'convert', remover: given }),
        ).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
        await as(
          converting,
          `DROP VIEW IF EXISTS public.labels, public.hosts; DROP INDEX IF EXISTS public.site_host;
         ALTER TABLE IF EXISTS public.site ALTER size DROP DEFAULT`,
        )
      }
      const before = await userData(converting.database)
      await removeSchemaFrom(converting, { onDependents: 'convert', remover: given })
      expect(await schemaOwners(converting.database)).toEqual({})
      expect(await userData(converting.database)).toEqual(before)

      const keeping = await inState(state)
      if (expected.usesMsar) {
        await expect(removeSchemaFrom(keeping, { keepTypes: true, remover: given })).rejects.toMatchObject({
          code: 'DEPENDENTS_EXIST',
        })
        await as(keeping, 'DROP VIEW public.labels')
      }
      const kept = await userData(keeping.database)
      await removeSchemaFrom(keeping, { keepTypes: true, remover: given })
      expect(await counts(keeping.database)).toEqual({
        routines: { mathesar_types: expected.inUse + (state === 'hstore casts' ? 7 : 0) },
        commented: [],
        commentedChecks: 0,
      })
      expect(await userData(keeping.database)).toEqual(kept)
    },
  )

  it('Mathesar removes what an install left, as if it were its own', async () => {
    const settings = await inState(state)
    await installSchemaInto(settings, { source })
    await as(
      settings,
      `DROP VIEW IF EXISTS public.labels, public.hosts;
       DROP TABLE IF EXISTS public.label, public.site, public.person`,
    )
    await removeRelease(settings, '0.11.0')
    expect(await schemaOwners(settings.database)).toEqual({})
  })
})

/** Expects that the schemas are those of one whole install. */
async function expectWhole(settings: ConnectionSettings): Promise<void> {
  expect(await counts(settings.database)).toMatchObject({
    routines: { msar: 479, __msar: 17, mathesar_types: 0 },
  })
  expect(await schemaStatusOf(settings)).toMatchObject({ installed: true, drift: [] })
}

/** Installs, and returns what came of it; only `LOCKED` is a failure that may happen. */
async function installOurs(settings: ConnectionSettings): Promise<string> {
  try {
    const { status, action } = await installSchemaInto(settings, { source }, { lockTimeoutMs: 20_000 })
    return `${status} by ${action}`
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'LOCKED') return error.code
    throw error
  }
}

describe('an install beside that of a Mathesar, which acquires no lock', () => {
  const files = releaseFiles('0.11.0').files.map((file) => file.sql)
  const positions = files.map((_, at) => at).filter((at) => isSlowLane || at % 2 === 0)

  it.each(['nothing', '0.9.0'].flatMap((from) => positions.map((position) => [from, position] as const)))(
    'succeeds over %s once the other one has run %d of its files',
    async (from, position) => {
      const settings = await ownedDatabase()
      if (from !== 'nothing') await installRelease(settings, from)
      const outcome = { ours: '', theirs: 'installed' }
      let ours = Promise.resolve('')
      try {
        await runScripts(settings, files, async (at) => {
          if (at !== position) return
          ours = installOurs(settings)
          // It waits for a lock of the other one then, or has not got that far.
          await new Promise((resolve) => setTimeout(resolve, 200))
        })
      } catch (error) {
        outcome.theirs = String((error as { code?: unknown }).code)
      }
      outcome.ours = await ours
      expect(outcome.ours).toMatch(/^installed by|^unchanged/)
      await expectWhole(settings)
    },
  )

  it('never leaves a half where several of psql run at the same time', async () => {
    const script = writeReleaseScript('0.11.0')
    for (let round = 0; round < (isSlowLane ? 20 : 3); round++) {
      const settings = await ownedDatabase()
      const psql = () => installWithPsql(settings, script)
      const outcomes = await Promise.all([psql(), psql(), installOurs(settings), psql()])
      expect(outcomes).toContainEqual(expect.toSatisfy((one) => one === 0 || /^installed/.test(String(one))))
      await expectWhole(settings)
    }
  })
})
