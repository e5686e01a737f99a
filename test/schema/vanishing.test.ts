/** Reading the catalog while other sessions create and drop objects. */
import { setTimeout } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { OperatorError } from '../../src/errors.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { surveyRemoval } from '../../src/schema/removal/survey.ts'
import { isSlowLane } from '../support/lanes.ts'
import { as, installedDatabase, withSession } from './support.ts'

const TABLE = `CREATE TABLE t (id integer, e mathesar_types.email, u mathesar_types.uri); INSERT INTO t VALUES (1, 'a@b', 'a:');
  CREATE VIEW stays AS SELECT e FROM t;`

/** How many surveys run while the objects come and go. */
const SURVEYS = isSlowLane ? 4 : 1

/** How often a removal is tried, unless it succeeds. */
const REMOVALS = isSlowLane ? 3 : 1

/** What one session after the other creates and drops, each in a transaction of its own. */
const COMING_AND_GOING = [
  ['CREATE VIEW v AS SELECT e, lower(u) AS u FROM t', 'DROP VIEW v'],
  [
    'CREATE FUNCTION f(mathesar_types.email) RETURNS text LANGUAGE sql AS $$ SELECT NULL $$',
    'DROP FUNCTION f',
  ],
  ['CREATE INDEX i ON t (lower(e))', 'DROP INDEX i'],
  ['CREATE TABLE n (e mathesar_types.email CHECK (e <> $$x@y$$))', 'DROP TABLE n'],
  [
    'CREATE OPERATOR <~> (FUNCTION = fo, RIGHTARG = mathesar_types.email)',
    'DROP OPERATOR <~> (NONE, mathesar_types.email)',
  ],
]

/** Runs work while others create and drop such objects, with pauses of so many milliseconds. */
async function amidChange<T>(
  settings: Parameters<typeof as>[0],
  pause: number,
  action: () => Promise<T>,
): Promise<T> {
  let isOver = false
  const others = COMING_AND_GOING.map(([create = '', drop = '']) =>
    withSession(settings, async (session) => {
      while (!isOver) {
        await session.run(create).catch(() => {})
        await session.run(drop).catch(() => {})
        if (pause > 0) await setTimeout(pause)
      }
    }),
  )
  try {
    return await action()
  } finally {
    isOver = true
    await Promise.all(others)
  }
}

async function changingDatabase() {
  const settings = await installedDatabase()
  await as(
    settings,
    `${TABLE} CREATE FUNCTION fo(mathesar_types.email) RETURNS text LANGUAGE sql AS $$ SELECT NULL $$`,
  )
  return settings
}

it.each([0, 2000])('surveys a database whose objects come and go, with pauses of %i ms', async (pause) => {
  const settings = await changingDatabase()
  const surveys = await amidChange(settings, pause, () =>
    withSession(settings, async (session) => {
      const lists = []
      for (let i = 0; i < SURVEYS; i++) {
        const survey = await surveyRemoval(session).catch((error: unknown) => {
          // If they come and go all the time, a sentence says so.
          expect(error).toBeInstanceOf(OperatorError)
          expect((error as OperatorError).code).toBe('LOCKED')
          return null
        })
        if (survey !== null) lists.push(survey)
      }
      return lists
    }),
  )
  if (pause > 0) expect(surveys).toHaveLength(SURVEYS)
  for (const { dependents } of surveys) {
    expect(dependents).toContainEqual(expect.objectContaining({ kind: 'view', relation: 'stays' }))
    for (const { effects } of dependents) expect(effects.cascade).toMatch(/^is dropped/)
  }
})

it.each(['refuse', 'convert', 'cascade'] as const)(
  'removes the schemas of such a database by %s, or says what is in the way',
  async (strategy) => {
    const settings = await changingDatabase()
    const outcomes = await amidChange(settings, 0, () =>
      withSession(settings, async (session) => {
        const lists: (string | null)[] = []
        for (let i = 0; i < REMOVALS && lists.at(-1) !== null; i++) {
          const error: unknown = await removeSchema(session, { lockTimeoutMs: 20_000, strategy }).then(
            () => null,
            (reason: unknown) => reason,
          )
          if (error !== null && !(error instanceof OperatorError)) throw error
          lists.push(error?.code ?? null)
        }
        return lists
      }),
    )
    for (const code of outcomes) expect([null, 'DEPENDENTS_EXIST', 'LOCKED']).toContain(code)
    const { schemas } = await withSession(settings, readSchemaState)
    expect(schemas).toHaveLength(outcomes.at(-1) === null ? 0 : 3)
  },
)
