import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { repository } from '../../test/support/program.ts'
import { add, freshDatabases } from '../lib/databases.ts'
import { spread, times } from '../lib/format.ts'
import { interleave } from '../lib/statistics.ts'
import type { Case, Result } from '../lib/types.ts'

const ROWS = 1_000_000
/**
 * One round that counts, after one that does not: a round takes seconds, which evens out short disturbances.
 */
const ROUNDS = 1
const MOST_TIMES = 1.5

interface Column {
  title: string
  /** The name of our cast without `mathesar_types.cast_to_`, and that of the function in plain-casts.sql. */
  cast: string
  plain: string
  /** An SQL expression over `i`, the number of the row. */
  text: string
}

const oneOf = (...texts: string[]) =>
  `(ARRAY[${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')}])[1 + i % ${texts.length}]`
const day = `(DATE '2000-01-01' + i % 9000)`

const COLUMNS: readonly Column[] = [
  {
    title: 'boolean',
    cast: 'boolean',
    plain: 'boolean',
    text: oneOf('true', 'FALSE', 'yes', 'n', '1', 'off'),
  },
  { title: 'integer', cast: 'integer', plain: 'integer', text: 'i' },
  { title: 'numeric, plain', cast: 'numeric', plain: 'numeric', text: 'i * 0.25' },
  {
    title: 'numeric, with group marks',
    cast: 'numeric',
    plain: 'numeric',
    text: `CASE i % 2 WHEN 0 THEN to_char(1e4 + i, 'FM9G999G999D00') ELSE replace(to_char(1e4 + i, 'FM9G999G999'), ',', ' ') END`,
  },
  { title: 'money', cast: 'money', plain: 'money', text: `' ' || i * 0.25` },
  {
    title: 'mathesar_money',
    cast: 'mathesar_money',
    plain: 'mathesar_money',
    text: `CASE i % 2 WHEN 0 THEN to_char(1e4 + i, 'FM$9G999G999D00') ELSE i || ' USD' END`,
  },
  { title: 'date', cast: 'date', plain: 'date', text: day },
  { title: 'date, written out', cast: 'date', plain: 'date', text: `to_char(${day}, 'FMMonth DD, YYYY')` },
  {
    title: 'timestamp without time zone',
    cast: 'timestamp_without_time_zone',
    plain: 'timestamp',
    text: `TIMESTAMP '2000-01-01' + i * INTERVAL '17 minutes'`,
  },
  {
    title: 'interval',
    cast: 'interval',
    plain: 'interval',
    text: oneOf('3 days', '1:30', 'P1Y2M', '2 weeks ago'),
  },
  {
    title: 'email',
    cast: 'email',
    plain: 'email',
    text: `concat('ann.b+', i, '@mail', i % 100, '.example.org')`,
  },
  {
    title: 'uri, with a scheme',
    cast: 'uri',
    plain: 'uri',
    text: `concat('https://example.org/', i, '?q=', i % 7)`,
  },
  {
    title: 'uri, host names',
    cast: 'uri',
    plain: 'uri',
    text: `concat('www.Example', i % 1000, '.org/', i)`,
  },
  { title: 'json', cast: 'json', plain: 'json', text: `concat('{"number": ', i, '}')` },
]

/** Compares our casts with functions that somebody would write by hand, on a million texts and in turns. */
export const casts: Case = {
  name: 'casts',
  title: 'Casts of a million texts',
  async run(world) {
    const fresh = await freshDatabases(world)
    const settings = await fresh()
    await add('casts', settings, world)
    const { host, port, database, user, password } = settings
    const client = new pg.Client({ host, port, database, user, password: password ?? '' })
    await client.connect()
    try {
      await client.query(`SET TimeZone = 'UTC'; SET max_parallel_workers_per_gather = 0; SET jit = off`)
      await client.query(readFileSync(join(repository, 'bench/lib/plain-casts.sql'), 'utf8'))
      const results: Result[] = []
      for (const column of COLUMNS) results.push(await measure(client, column))
      return results
    } finally {
      await client.end()
    }
  },
}

async function measure(client: pg.Client, { title, cast, plain, text }: Column): Promise<Result> {
  const ours = `mathesar_types.cast_to_${cast}(t)`
  const theirs = `plain.${plain}(t)`
  await client.query(`DROP TABLE IF EXISTS given;
    CREATE TEMP TABLE given AS SELECT (${text})::text AS t FROM generate_series(1, ${ROWS}) i; ANALYZE given`)
  const timed = (expression: string) => async () => {
    const start = performance.now()
    const { rows } = await client.query<{ count: string }>(`SELECT count(${expression}) FROM given`)
    const ms = performance.now() - start
    if (Number(rows[0]?.count) !== ROWS) throw new Error(`${expression} has NULLs`)
    return ms
  }
  const different = await client.query(
    `SELECT t FROM (SELECT t FROM given LIMIT 10000) sample
     WHERE (${ours})::text IS DISTINCT FROM (${theirs})::text LIMIT 1`,
  )
  if (different.rows.length > 0)
    throw new Error(`${ours} and ${theirs} differ: ${JSON.stringify(different.rows)}`)
  const measured = await interleave(ROUNDS, { ours: timed(ours), plain: timed(theirs) })
  const ratio = measured.ours.median / measured.plain.median
  return {
    label: `a million texts to ${title}`,
    measured: spread(measured.ours),
    reference: `plain PL/pgSQL: ${spread(measured.plain)}`,
    outcome: times(measured.ours.median, measured.plain.median),
    aim: `<= ${MOST_TIMES} x`,
    hasMetTarget: ratio <= MOST_TIMES,
  }
}
