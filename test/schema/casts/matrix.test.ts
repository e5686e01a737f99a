import { describe, expect, it } from 'vitest'
import { useDatabase } from './support.ts'

const database = useDatabase()

// The matrix is written down here once more, by the words of its description, to hold the generator against.
const STR = ['character', 'character varying', 'text']
const INT = ['smallint', 'integer', 'bigint']
const FLT = ['real', 'double precision']
const NUM = [...INT, ...FLT, 'numeric']
const OWN = (name: string) => `mathesar_types.${name}`
const MATHESAR_MONEY = OWN('mathesar_money')
const MULTICURRENCY = OWN('multicurrency_money')
const JSN = ['json', 'jsonb', OWN('mathesar_json_array'), OWN('mathesar_json_object')]
const TIMES = ['time with time zone', 'time without time zone']
const STAMPS = ['timestamp with time zone', 'timestamp without time zone']
const REST =
  '"char" bit bytea cidr daterange inet int4range int8range macaddr numrange oid regclass tsrange tstzrange tsvector uuid'.split(
    ' ',
  )
const ALL = [
  ...STR,
  ...NUM,
  ...JSN,
  ...TIMES,
  ...STAMPS,
  ...REST,
  'boolean',
  'money',
  MATHESAR_MONEY,
  MULTICURRENCY,
  'date',
  'interval',
  OWN('email'),
  OWN('uri'),
]

const WHOLE = [...NUM, ...STR, 'boolean', 'money', MATHESAR_MONEY]
const INSTALLED: Record<string, readonly string[]> = {
  smallint: WHOLE,
  integer: WHOLE,
  bigint: WHOLE,
  real: WHOLE,
  'double precision': WHOLE,
  numeric: [...NUM, ...STR, 'boolean', 'money'],
  boolean: [...NUM, ...STR, 'boolean'],
  money: [...NUM, ...STR, 'money', MATHESAR_MONEY],
  [MATHESAR_MONEY]: [...NUM, ...STR, 'money', MATHESAR_MONEY],
  [MULTICURRENCY]: [...NUM, ...STR, 'money', MATHESAR_MONEY, MULTICURRENCY],
  date: [...STR, 'date', ...STAMPS],
  'timestamp without time zone': [...STR, 'date', ...STAMPS],
  'timestamp with time zone': [...STR, ...STAMPS],
  'time without time zone': ['text', 'character varying', ...TIMES],
  'time with time zone': ['text', 'character varying', ...TIMES],
  interval: [...STR, 'interval'],
  json: [...STR, ...JSN],
  jsonb: [...STR, ...JSN],
  [OWN('mathesar_json_array')]: [...STR, ...JSN],
  [OWN('mathesar_json_object')]: [...STR, ...JSN],
  text: ALL,
  'character varying': ALL,
  character: ALL,
  '"char"': ALL,
  name: ALL,
  [OWN('email')]: ALL,
  [OWN('uri')]: ALL,
}

/** Returns the function of a target type. */
function functionOf(type: string): string {
  const name = type.replace('mathesar_types.', '').replaceAll(' ', '_').replaceAll('"', '_double_quote_')
  return `mathesar_types.cast_to_${name}`
}

const pairs = Object.entries(INSTALLED).flatMap(([target, sources]) =>
  sources.map((source) => [source, target] as const),
)

describe('the installed casts', () => {
  it('the installed casts are those of the matrix and no others', async () => {
    const rows = await database.run(`
      SELECT format('%s(%s) %s %s%s', p.oid::regproc, format_type(p.proargtypes[0], NULL),
        format_type(p.prorettype, NULL), p.provolatile, p.proisstrict) AS signature
      FROM pg_proc p WHERE p.pronamespace = 'mathesar_types'::regnamespace AND p.proname LIKE 'cast\\_to\\_%'`)
    const expected = pairs.map(([source, target]) => `${functionOf(target)}(${source}) ${target} vt`)
    expect(rows.map(({ signature }) => signature).sort()).toEqual(expected.sort())
    expect(expected).toHaveLength(459)
  })

  it('the installed casts have no names of arguments, defaults, settings, owner rights or sets', async () => {
    expect(
      await database.run(`
        SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'mathesar_types'::regnamespace
          AND (proargnames IS NOT NULL OR pronargdefaults > 0 OR proconfig IS NOT NULL OR prosecdef OR proretset
            OR prokind <> 'f' OR proacl IS NOT NULL)`),
    ).toEqual([])
  })

  it.each(pairs)('casts NULL of %s to NULL of %s', async (source, target) => {
    const rows = await database.run(`SELECT ${functionOf(target)}(NULL::${source}) AS value`)
    expect(rows).toEqual([{ value: null }])
  })
})

const LIKE_NUMBERS = [
  ...NUM,
  'character',
  'character varying',
  'text',
  MATHESAR_MONEY,
  'money',
  MULTICURRENCY,
]
const TEXTS = ['character', 'character varying', 'text']
const OFFERED: Record<string, readonly string[]> = {
  ...Object.fromEntries(NUM.map((type) => [type, [...LIKE_NUMBERS, 'boolean']])),
  boolean: [...NUM, ...TEXTS, 'boolean'],
  money: LIKE_NUMBERS,
  [MATHESAR_MONEY]: LIKE_NUMBERS,
  [MULTICURRENCY]: [...TEXTS, MULTICURRENCY],
  ...Object.fromEntries(
    STR.map((type) => [
      type,
      Object.keys(INSTALLED).filter(
        (target) =>
          target !== 'name' && target !== '"char"' && !(type === 'character' && TIMES.includes(target)),
      ),
    ]),
  ),
  [OWN('email')]: [...TEXTS, OWN('email')],
  [OWN('uri')]: [...TEXTS, OWN('uri')],
  interval: [...TEXTS, 'interval'],
  date: [...TEXTS, 'date', 'timestamp without time zone'],
  ...Object.fromEntries(TIMES.map((type) => [type, [...TEXTS, ...TIMES]])),
  ...Object.fromEntries(STAMPS.map((type) => [type, [...TEXTS, 'date', ...STAMPS]])),
  ...Object.fromEntries(JSN.map((type) => [type, [...TEXTS, ...JSN]])),
  ...Object.fromEntries(REST.map((type) => [type, TEXTS])),
}
/** Types with the options that their columns may have. */
const WITH_OPTIONS: Record<string, readonly string[]> = {
  numeric: ['numeric(6,1)', 'numeric(8)'],
  character: ['character(5)'],
  'character varying': ['character varying(10)'],
  'time without time zone': ['time(1) without time zone'],
  'time with time zone': ['time(1) with time zone'],
  'timestamp without time zone': ['timestamp(3) without time zone'],
  'timestamp with time zone': ['timestamp(3) with time zone'],
  interval: ['interval(3)', 'interval month', 'interval second(4)', 'interval day to second(2)'],
}
const OFFERS = Object.entries(OFFERED)

describe('altering a column of no values', () => {
  it('altering a column of no values is offered for 304 pairs', () => {
    expect(OFFERS.reduce((sum, [, targets]) => sum + targets.length, 0)).toBe(304)
  })

  it.each(OFFERS)(
    'alters a column of no values of %s to each type that is offered for it',
    async (source, targets) => {
      for (const filling of ['', 'INSERT INTO altered VALUES (NULL), (NULL);']) {
        await database.run(`BEGIN; CREATE TABLE altered (c ${source}); ${filling} SAVEPOINT made`)
        for (const target of targets) {
          for (const type of [target, ...(WITH_OPTIONS[target] ?? [])]) {
            await database.run(`
            ALTER TABLE altered ALTER COLUMN c TYPE ${type} USING ${functionOf(target)}(c);
            ROLLBACK TO made`)
          }
        }
        await database.run('ROLLBACK')
      }
    },
  )
})

describe('the choice of an overload', () => {
  const chosen = (call: string) => database.outcome(call)

  it('treats an untyped literal as text', async () => {
    expect(await chosen(`mathesar_types.cast_to_integer('8')`)).toBe('8')
    expect(await chosen(`mathesar_types.cast_to_numeric('8,250.5')`)).toBe('8250.5')
    expect(await chosen(`mathesar_types.cast_to_uri('example.org')`)).toBe('http://example.org')
    expect(await chosen(`mathesar_types.cast_to_date('2021-03-04')`)).toBe('2021-03-04')
    expect(await chosen(`pg_typeof(mathesar_types.cast_to_json('[1]'))`)).toBe('json')
  })

  it('treats a domain as its base type', async () => {
    expect(await chosen(`mathesar_types.cast_to_boolean('1.0'::mathesar_types.mathesar_money)`)).toBe('true')
    await database.run(`CREATE DOMAIN word AS character varying(9)`)
    expect(await chosen(`mathesar_types.cast_to_boolean('yes'::word)`)).toBe('true')
  })

  it('applies implicit coercions', async () => {
    expect(await chosen(`mathesar_types.cast_to_integer('8'::name)`)).toBe('8')
    expect(await chosen(`mathesar_types.cast_to_text('x'::name)`)).toBe('x')
    expect(
      await chosen(
        `mathesar_types.cast_to_timestamp_with_time_zone('2021-03-04'::date) = '2021-03-04 00:00'`,
      ),
    ).toBe('true')
  })

  it.each([
    ['boolean', 'money'],
    ['boolean', 'json'],
    ['date', 'time without time zone'],
    ['integer', 'integer[]'],
    ['text', 'text[]'],
    ['numeric', 'json'],
    ['interval', 'integer'],
    ['money', 'boolean'],
    ['uri', 'text[]'],
  ])('finds no cast to %s of %s', async (target, source) => {
    await expect(
      database.run(`SELECT mathesar_types.cast_to_${target}(NULL::${source})`),
    ).rejects.toMatchObject({
      code: '42883',
      message: `function mathesar_types.cast_to_${target}(${source}) does not exist`,
    })
  })
})
