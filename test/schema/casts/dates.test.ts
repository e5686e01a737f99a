import { describe, expect, it } from 'vitest'
import { asText, impossible, type Row, raised, testCasts, unreadable, useDatabase } from './support.ts'

const database = useDatabase()
const TIMESTAMP = 'timestamp without time zone'
const TIMESTAMPTZ = 'timestamp with time zone'
const illegible = (text: string) => unreadable(TIMESTAMPTZ, text, '22007')

/** Sessions in which the results have to be the same. */
const SESSIONS = {
  'in UTC': '',
  'in New York': `SET TimeZone = 'America/New_York'`,
  'in Kathmandu': `SET TimeZone = 'Asia/Kathmandu'`,
  'at a fixed offset': `SET TIME ZONE 2`,
  'at an odd offset': `SET TIME ZONE INTERVAL '-02:30' HOUR TO MINUTE`,
}

const noDate = (text: string) => raised(`${text} is not a date`)
const dates: Row[] = [
  ...asText([
    ['2021-03-04', '2021-03-04'],
    ['0044-03-15', '0044-03-15'],
    ['2021-3-4', '2021-03-04'],
    ['March 4, 2021', '2021-03-04'],
    ['4-Mar-2021', '2021-03-04'],
    ['mar-2021-04', '2021-03-04'],
    ['3/4/2021', '2021-03-04'],
    ['20210304', '2021-03-04'],
    [' 2021-03-04 ', '2021-03-04'],
    ['0044-03-15 BC', '0044-03-15 BC'],
    ['12021-03-04', '12021-03-04'],
    ['infinity', 'infinity'],
    ['-infinity', '-infinity'],
    ['epoch', '1970-01-01'],
    ['2021-03-04 00:00', '2021-03-04'],
    ['2021-03-03 24:00', noDate('2021-03-03 24:00')],
    ['2021-03-04 10:00', noDate('2021-03-04 10:00')],
    ['2021-03-04 00:00:00.000001', noDate('2021-03-04 00:00:00.000001')],
    ['2021-03-04 00:00+00', '2021-03-04'],
    ['2021-03-04T00:00:00Z', '2021-03-04'],
    ['2021-03-04 00:00 UTC', '2021-03-04'],
    ['2021-03-04 00:00+02', noDate('2021-03-04 00:00+02')],
    ['2021-03-04 02:00+02', '2021-03-04'],
    ['2021-03-04 22:00-02', noDate('2021-03-04 22:00-02')],
    ['2021-01-04 00:00 Europe/London', '2021-01-04'],
    ['2021-07-04 00:00 Europe/London', noDate('2021-07-04 00:00 Europe/London')],
    ['25/12/2021', impossible('25/12/2021')],
    ['2021-02-30', impossible('2021-02-30')],
    ['2021-13-01', impossible('2021-13-01')],
    ['0000-01-01', impossible('0000-01-01')],
    ['2021-03-04 25:00', impossible('2021-03-04 25:00')],
    ['2021', illegible('2021')],
    ['someday', illegible('someday')],
    ['abcd-ef-gh', illegible('abcd-ef-gh')],
    ['10:20', illegible('10:20')],
    ['', illegible('')],
  ]),
  ['character(12)', '2021-03-04', '2021-03-04'],
  ['character(18)', '2021-03-04 10:00', noDate('2021-03-04 10:00  ')],
  ['character(9)', 'someday', illegible('someday  ')],
  ['character(12)', '2021-02-30', impossible('2021-02-30  ')],
  ['date', '2021-03-04', '2021-03-04'],
  ['date', 'infinity', 'infinity'],
  ['date', '300000-01-01', '300000-01-01'],
  [TIMESTAMP, '2021-03-04 00:00', '2021-03-04'],
  [TIMESTAMP, 'infinity', 'infinity'],
  [TIMESTAMP, '2021-03-04 00:00:01', noDate('2021-03-04 00:00:01')],
  [TIMESTAMPTZ, '2021-03-04 00:00+00', '2021-03-04'],
  [TIMESTAMPTZ, '2021-03-04 05:30+05:30', '2021-03-04'],
  [TIMESTAMPTZ, '-infinity', '-infinity'],
  [TIMESTAMPTZ, '2021-03-04 00:00-05', noDate('2021-03-04 05:00:00+00')],
  [TIMESTAMPTZ, '2021-03-04 10:00+00', noDate('2021-03-04 10:00:00+00')],
]

const noTimestamp = (text: string) => raised(`${text} is not a timestamp without time zone`)
const timestamps: Row[] = [
  ...asText([
    ['2021-03-04 10:20:30', '2021-03-04 10:20:30'],
    ['2021-03-04 10:20', '2021-03-04 10:20:00'],
    ['2021-03-04T10:20', '2021-03-04 10:20:00'],
    ['2021-03-04T10:20:30', '2021-03-04 10:20:30'],
    ['2021-03-04 10:20:30.125', '2021-03-04 10:20:30.125'],
    ['2021-03-04T10:20:30.5Z', '2021-03-04 10:20:30.5'],
    ['2021-03-04 10:20+00', '2021-03-04 10:20:00'],
    ['2021-03-04 10:20 UTC', '2021-03-04 10:20:00'],
    ['2021-01-04 10:20 Europe/London', '2021-01-04 10:20:00'],
    ['2021-07-04 10:20 Europe/London', noTimestamp('2021-07-04 10:20 Europe/London')],
    ['2021-03-04 10:20+02', noTimestamp('2021-03-04 10:20+02')],
    ['2021-03-04 10:20-05', noTimestamp('2021-03-04 10:20-05')],
    ['2021-03-04', '2021-03-04 00:00:00'],
    ['3/4/2021 10:20', '2021-03-04 10:20:00'],
    ['March 4, 2021 10:20 PM', '2021-03-04 22:20:00'],
    ['2021-03-04 24:00:00', '2021-03-05 00:00:00'],
    ['infinity', 'infinity'],
    // The clocks of New York skip this hour.
    ['2021-03-14 02:30:00', '2021-03-14 02:30:00'],
    ['Mar 14 2021 02:30', '2021-03-14 02:30:00'],
    ['2021-03-04 25:00:00', impossible('2021-03-04 25:00:00')],
    ['2021-02-30 10:20', impossible('2021-02-30 10:20')],
    ['2021-03-', illegible('2021-03-')],
    ['later', illegible('later')],
    ['', illegible('')],
  ]),
  ['character(20)', '2021-03-04 10:20', '2021-03-04 10:20:00'],
  ['character(21)', '2021-03-04 10:20+02', noTimestamp('2021-03-04 10:20+02  ')],
  [TIMESTAMP, '2021-03-04 10:20', '2021-03-04 10:20:00'],
  [TIMESTAMP, 'infinity', 'infinity'],
  [TIMESTAMPTZ, '2021-03-04 10:20+02', '2021-03-04 08:20:00'],
  [TIMESTAMPTZ, 'infinity', 'infinity'],
  ['date', '2021-03-04', '2021-03-04 00:00:00'],
  ['date', 'infinity', 'infinity'],
]

for (const [title, session] of Object.entries(SESSIONS)) {
  testCasts(database, 'cast_to_date', dates, { title: `cast_to_date ${title}`, session })
  const name = 'cast_to_timestamp_without_time_zone'
  testCasts(database, name, timestamps, { title: `${name} ${title}`, session })
}

testCasts(
  database,
  'cast_to_date',
  [
    ['text', '4/3/2021', '04-03-2021'],
    ['text', '25/12/2021', '25-12-2021'],
    ['text', '2021-03-04', '04-03-2021'],
  ],
  { title: 'cast_to_date by DateStyle', session: `SET DateStyle = 'Postgres, DMY'` },
)
testCasts(
  database,
  'cast_to_timestamp_without_time_zone',
  [
    ['text', '4/3/2021 10:20', '04/03/2021 10:20:00'],
    ['text', '2021-03-04 10:20', '04/03/2021 10:20:00'],
  ],
  { title: 'cast_to_timestamp_without_time_zone by DateStyle', session: `SET DateStyle = 'SQL, DMY'` },
)

describe('words that depend on the day', () => {
  it.each(['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'UTC'])(
    'words that depend on the day are read in UTC in %s',
    async (zone) => {
      await database.run(`RESET ALL; SET TimeZone = '${zone}'`)
      const today = `(now() AT TIME ZONE 'UTC')::date`
      expect(await database.value(`mathesar_types.cast_to_date('today'::text) = ${today}`)).toBe(true)
      expect(await database.value(`mathesar_types.cast_to_date('tomorrow'::text) = ${today} + 1`)).toBe(true)
      const now = `mathesar_types.cast_to_timestamp_without_time_zone('now'::text)`
      expect(await database.value(`${now} = now() AT TIME ZONE 'UTC'`)).toBe(true)
      expect(await database.outcome(`mathesar_types.cast_to_date('now'::text)`)).toEqual(noDate('now'))
    },
  )
})

describe('the time zone of the session', () => {
  const zone = async () => (await database.run('SHOW TimeZone'))[0]?.TimeZone
  const calls = [
    `cast_to_date('3/4/2021'::text)`,
    `cast_to_date('2021-03-04 10:00'::text)`,
    `cast_to_date('nonsense'::text)`,
    `cast_to_date('2021-03-04 10:00+00'::timestamptz)`,
    `cast_to_timestamp_without_time_zone('3/4/2021'::text)`,
    `cast_to_timestamp_without_time_zone('2021-03-04 10:20+02'::text)`,
    `cast_to_timestamp_without_time_zone('nonsense'::text)`,
  ]
  it.each(calls)('the time zone of the session is the same after %s', async (call) => {
    for (const set of [
      `SET TimeZone = 'Asia/Tokyo'`,
      `SET TIME ZONE 2`,
      `SET TIME ZONE INTERVAL '-02:30' HOUR TO MINUTE`,
    ]) {
      await database.run(`RESET ALL; ${set}`)
      const before = await zone()
      await database.run('BEGIN')
      await database.run(`
        DO $$ BEGIN PERFORM mathesar_types.${call}; EXCEPTION WHEN OTHERS THEN NULL; END $$`)
      expect(await zone()).toBe(before)
      await database.run('COMMIT')
      expect(await zone()).toBe(before)
    }
  })

  it('a time zone that is set within the transaction stays set after the transaction', async () => {
    await database.run(`RESET ALL; BEGIN; SET TimeZone = 'Asia/Tokyo';
      SELECT mathesar_types.cast_to_date('3/4/2021'::text); COMMIT`)
    expect(await zone()).toBe('Asia/Tokyo')
  })

  it('a time zone that is set for the transaction ends with the transaction', async () => {
    await database.run(`RESET ALL; SET TimeZone = 'Asia/Tokyo'; BEGIN; SET LOCAL TimeZone = 'Asia/Kolkata';
      SELECT mathesar_types.cast_to_date('3/4/2021'::text)`)
    expect(await zone()).toBe('Asia/Kolkata')
    await database.run('COMMIT')
    expect(await zone()).toBe('Asia/Tokyo')
  })
})

testCasts(
  database,
  'cast_to_timestamp_with_time_zone',
  [
    ...asText([
      ['2021-03-04 10:20', '2021-03-04 10:20:00+00'],
      ['2021-03-04 10:20+02', '2021-03-04 08:20:00+00'],
      ['whenever', illegible('whenever')],
      ['2021-02-30', impossible('2021-02-30')],
    ]),
    ['character(18)', '2021-03-04 10:20', '2021-03-04 10:20:00+00'],
    ['character(10)', 'whenever', illegible('whenever  ')],
    [TIMESTAMP, '2021-03-04 10:20', '2021-03-04 10:20:00+00'],
    [TIMESTAMPTZ, '2021-03-04 10:20+02', '2021-03-04 08:20:00+00'],
    ['date', '2021-03-04', '2021-03-04 00:00:00+00'],
  ],
  { title: 'cast_to_timestamp_with_time_zone' },
)
testCasts(
  database,
  'cast_to_timestamp_with_time_zone',
  [
    ['text', '2021-03-04 10:20', '2021-03-04 10:20:00-05'],
    ['text', '2021-03-04 10:20+02', '2021-03-04 03:20:00-05'],
    [TIMESTAMP, '2021-07-04 10:20', '2021-07-04 10:20:00-04'],
  ],
  { title: 'cast_to_timestamp_with_time_zone in New York', session: SESSIONS['in New York'] },
)
testCasts(database, 'cast_to_time_without_time_zone', [
  ...asText([
    ['10:20', '10:20:00'],
    ['10:20:30.5', '10:20:30.5'],
    ['10:20+02', '10:20:00'],
    ['2021-03-04 10:20', '10:20:00'],
    ['25:00', impossible('25:00')],
    ['teatime', unreadable('time', 'teatime', '22007')],
  ]),
  ['character(7)', '10:20', '10:20:00'],
  ['time with time zone', '10:20:30+02', '10:20:30'],
  ['time without time zone', '10:20', '10:20:00'],
])
testCasts(database, 'cast_to_time_with_time_zone', [
  ...asText([
    ['10:20', '10:20:00+00'],
    ['10:20+02', '10:20:00+02'],
    ['25:00', impossible('25:00')],
    ['teatime', unreadable('time with time zone', 'teatime', '22007')],
  ]),
  ['character(7)', '10:20', '10:20:00+00'],
  ['time without time zone', '10:20:30', '10:20:30+00'],
  ['time with time zone', '10:20:30+02', '10:20:30+02'],
])
testCasts(
  database,
  'cast_to_time_with_time_zone',
  [
    ['text', '10:20', '10:20:00+05:45'],
    ['text', '10:20+02', '10:20:00+02'],
    ['time without time zone', '10:20:30', '10:20:30+05:45'],
  ],
  { title: 'cast_to_time_with_time_zone in Kathmandu', session: SESSIONS['in Kathmandu'] },
)

const number = (text: string) => raised(`${text} is a numeric`)
const noInterval = (text: string) => unreadable('interval', text, '22007')
testCasts(database, 'cast_to_interval', [
  ...asText([
    ['2 days', '2 days'],
    ['3 weeks', '21 days'],
    ['1.5 days', '1 day 12:00:00'],
    ['2:15', '02:15:00'],
    ['00:02:15', '00:02:15'],
    ['-1:30', '-01:30:00'],
    ['P1Y2M', '1 year 2 mons'],
    ['PT30S', '00:00:30'],
    ['1-2', '1 year 2 mons'],
    ['1 2:03:04', '1 day 02:03:04'],
    ['2 hours ago', '-02:00:00'],
    ['1day', '1 day'],
    ['5m', '00:05:00'],
    ['@ 1 minute', '00:01:00'],
    ...['90', '-9.5', '+9', '.5', '5.', '1e5', '1E-5', ' 3 ', '\t3\n', 'NaN', 'nan', '007'].map(
      (text) => [text, number(text)] as const,
    ),
    ['3 fortnights', noInterval('3 fortnights')],
    ['', noInterval('')],
    [' ', noInterval(' ')],
    ['-', noInterval('-')],
    ['1 2 3', noInterval('1 2 3')],
    ['1,500', noInterval('1,500')],
    ['next', noInterval('next')],
    ['1e200000', { code: '22003', message: 'value overflows numeric format' }],
  ]),
  ['character(8)', '2 days', '2 days'],
  ['character(4)', '90', number('90  ')],
  ['character(4)', 'soon', noInterval('soon')],
  ['interval', '2 days', '2 days'],
])

it('cast_to_interval refuses infinity as a number where it is one', async () => {
  await database.run('RESET ALL')
  const outcome = await database.outcome(`mathesar_types.cast_to_interval(' Infinity '::text)`)
  const version = Number(await database.value(`current_setting('server_version_num')`))
  expect(outcome).toEqual(version >= 140000 ? number(' Infinity ') : noInterval(' Infinity '))
})

it.each(['1e 0', ' 1.5E\t+3 ', '.5e\n-2', '1 e0', '1e', '1e 0 0', '0x1F', '1_0', 'e 1', '1e 5 days'])(
  'cast_to_interval refuses %j where numeric reads it as a number',
  async (text) => {
    await database.run('RESET ALL')
    const literal = `'${text}'::text`
    const isNumber = typeof (await database.outcome(`(${literal}::numeric)`)) === 'string'
    const outcome = await database.outcome(`mathesar_types.cast_to_interval(${literal})`)
    expect(outcome).toEqual(isNumber ? number(text) : await database.outcome(`(${literal}::interval)`))
  },
)

it('cast_to_interval heeds IntervalStyle', async () => {
  await database.run(`RESET ALL; SET IntervalStyle = 'sql_standard'`)
  expect(await database.outcome(`mathesar_types.cast_to_interval('-1 2:03'::text)`)).toBe('-1 2:03:00')
})
