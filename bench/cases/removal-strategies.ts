import type { ConnectionSettings, Session } from '../../src/postgres/types.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { surveyRemoval } from '../../src/schema/removal/survey.ts'
import type { RemoveOptions } from '../../src/schema/types.ts'
import { sql } from '../../test/support/database.ts'
import { timeIn, timeInCopy } from '../lib/copies.ts'
import {
  createTemplates,
  DEPENDENT_COLUMNS,
  DEPENDENT_TABLES,
  LARGE,
  PLAIN_TABLES,
  type Templates,
} from '../lib/dependents.ts'
import { ms, spread, times } from '../lib/format.ts'
import { mathesarctl } from '../lib/process.ts'
import { libpqEnvironment } from '../lib/psql.ts'
import { interleave, type Summary } from '../lib/statistics.ts'
import type { Case, Result, World } from '../lib/types.ts'

const SURVEY_ROUNDS = 11
const REMOVAL_ROUNDS = 5
const LARGE_ROUNDS = 3
const MOST_MS = 1000
/** The ratio that counts as equal: repeated measurements differ by as much. */
const MOST_TIMES = 1.5

const OWN_CASCADE = 'DROP SCHEMA msar, __msar, mathesar_types CASCADE;'
const MANY = PLAIN_TABLES + DEPENDENT_TABLES

/**
 * Measures a removal with dependents among many tables and alone: the analysis, each strategy, and a removal
 * that keeps the types.
 */
export const removalStrategies: Case = {
  name: 'removal-strategies',
  title: `Removal with ${DEPENDENT_TABLES} dependent tables, alone and among ${PLAIN_TABLES} others`,
  async run(world) {
    const templates = await createTemplates(world)
    return [
      ...(await surveys(templates, world)),
      ...(await removals(templates, world)),
      ...(await largeTables(templates, world)),
    ]
  },
}

async function surveys({ few, many }: Templates, { home }: World): Promise<Result[]> {
  const survey = (settings: ConnectionSettings) => () =>
    timeIn(settings, async (session) => {
      const { convert } = await surveyRemoval(session)
      if (convert.columns !== DEPENDENT_COLUMNS) throw new Error(`${convert.columns} columns were found`)
    })
  const command = (settings: ConnectionSettings) => async () =>
    (await mathesarctl(['schema', 'dependents', '--json'], { home, env: libpqEnvironment(settings) })).ms
  const measured = await interleave(SURVEY_ROUNDS, {
    few: survey(few),
    many: survey(many),
    commandFew: command(few),
    commandMany: command(many),
  })
  const title = `analysis, ${DEPENDENT_TABLES} dependent tables among ${MANY}`
  return [
    {
      label: title,
      measured: spread(measured.many),
      reference: '-',
      outcome: ms(measured.many.median),
      aim: `< ${ms(MOST_MS)}`,
      hasMetTarget: measured.many.median < MOST_MS,
    },
    aloneResult(title, measured.many, measured.few),
    aloneResult(
      `schema dependents --json, the whole process, among ${MANY}`,
      measured.commandMany,
      measured.commandFew,
    ),
  ]
}

async function removals({ few, many }: Templates, world: World): Promise<Result[]> {
  const removed =
    (settings: ConnectionSettings, action: (session: Session) => Promise<unknown>, remainingTypes = 0) =>
    () =>
      timeInCopy(settings, world, action, ({ database }) => checkLeft(database, remainingTypes, world))
  const own = (session: Session) => session.run(OWN_CASCADE)
  const measured = await interleave(REMOVAL_ROUNDS, {
    ownFew: removed(few, own),
    ownMany: removed(many, own),
    cascadeFew: removed(few, cascade),
    cascadeMany: removed(many, cascade),
    convertFew: removed(few, convert(DEPENDENT_COLUMNS)),
    convertMany: removed(many, convert(DEPENDENT_COLUMNS)),
    keepFew: removed(few, keep, 1),
    keepMany: removed(many, keep, 1),
  })
  const among = `${DEPENDENT_TABLES} dependent tables among ${MANY}`
  const reference = `PostgreSQL's own DROP … CASCADE: ${spread(measured.ownMany)}`
  const ownResult = (label: string, summary: Summary): Result => ({
    label,
    measured: spread(summary),
    reference,
    outcome: times(summary.median, measured.ownMany.median),
    aim: '-',
    hasMetTarget: null,
  })
  const strategy = (word: string) => `removal --on-dependents ${word}, ${among}`
  return [
    aloneResult(strategy('convert'), measured.convertMany, measured.convertFew),
    aloneResult(strategy('cascade'), measured.cascadeMany, measured.cascadeFew),
    aloneResult(`removal --keep-types, ${among}`, measured.keepMany, measured.keepFew),
    aloneResult(`PostgreSQL's own DROP … CASCADE, ${among}`, measured.ownMany, measured.ownFew, false),
    ownResult(strategy('cascade'), measured.cascadeMany),
    ownResult(`${strategy('convert')} (every value is kept)`, measured.convertMany),
  ]
}

async function largeTables({ domains, currencies }: Templates, world: World): Promise<Result[]> {
  const ours = (template: ConnectionSettings, columns: number) => () =>
    timeInCopy(template, world, convert(columns), ({ database }) => checkLeft(database, 0, world))
  const plain = (template: ConnectionSettings, actions: string) => () =>
    timeInCopy(
      template,
      world,
      (session) => session.run(`BEGIN; ALTER TABLE payments ${actions}; ${OWN_CASCADE} COMMIT;`),
      ({ database }) => checkLeft(database, 0, world),
    )
  const measured = await interleave(LARGE_ROUNDS, {
    domains: ours(domains, 2),
    plainDomains: plain(domains, 'ALTER COLUMN email TYPE text, ALTER COLUMN price TYPE numeric'),
    currencies: ours(currencies, 1),
    plainCurrencies: plain(currencies, 'ALTER COLUMN price TYPE jsonb USING to_jsonb(price)'),
  })
  const line = (contents: string, summary: Summary, reference: Summary): Result => ({
    label: `removal --on-dependents convert, ${LARGE} rows of ${contents}`,
    measured: spread(summary),
    reference: `ALTER TABLE and DROP … CASCADE, nothing verified: ${spread(reference)}`,
    outcome: `${ms(summary.median - reference.median)} more`,
    aim: '-',
    hasMetTarget: null,
  })
  return [
    line('email and mathesar_money', measured.domains, measured.plainDomains),
    line('multicurrency_money', measured.currencies, measured.plainCurrencies),
  ]
}

function aloneResult(label: string, many: Summary, few: Summary, hasTarget = true): Result {
  return {
    label,
    measured: spread(many),
    reference: `the ${DEPENDENT_TABLES} alone: ${spread(few)}`,
    outcome: times(many.median, few.median),
    aim: hasTarget ? `<= ${MOST_TIMES} x` : '-',
    hasMetTarget: hasTarget ? many.median / few.median <= MOST_TIMES : null,
  }
}

const remove = (session: Session, options: Partial<RemoveOptions>) =>
  removeSchema(session, { lockTimeoutMs: 5000, ...options })

const cascade = (session: Session) => remove(session, { strategy: 'cascade' })
const keep = (session: Session) => remove(session, { keepTypes: true })

const convert = (columns: number) => async (session: Session) => {
  const { converted } = await remove(session, { strategy: 'convert' })
  if (converted.length !== columns) throw new Error(`${converted.length} columns were converted`)
}

/**
 * Throws unless this number of Mathesar schemas is left: a run that did nothing must not count as a
 * measurement.
 */
async function checkLeft(database: string, expected: number, { cluster }: World): Promise<void> {
  const text = "SELECT FROM pg_namespace WHERE nspname IN ('msar', '__msar', 'mathesar_types')"
  const rows = await sql(database, text, [], null, cluster)
  if (rows.length !== expected) throw new Error(`${database} has ${rows.length} Mathesar schemas`)
}
