import { expect, it } from 'vitest'
import { type Row, testCasts, useDatabase } from './support.ts'

const database = useDatabase()

/** Each source type but "char" and regclass with a value and its text form. */
const FORMS: readonly (readonly [source: string, value: string, text?: string])[] = [
  ['boolean', 'true'],
  ['smallint', '7'],
  ['integer', '-7'],
  ['bigint', '9007199254740993'],
  ['real', '1.5'],
  ['double precision', '1e20', '1e+20'],
  ['numeric', '1.50'],
  ['money', '1234.5', '$1,234.50'],
  ['mathesar_types.mathesar_money', '7.50'],
  ['mathesar_types.multicurrency_money', '(7.50,EUR)'],
  ['text', ' ab '],
  ['character varying', ' ab '],
  ['character(5)', 'ab'],
  ['date', '2021-03-04'],
  ['timestamp without time zone', '2021-03-04 10:20', '2021-03-04 10:20:00'],
  ['timestamp with time zone', '2021-03-04 10:20+02', '2021-03-04 08:20:00+00'],
  ['time without time zone', '10:20:30'],
  ['time with time zone', '10:20:30+02:00', '10:20:30+02'],
  ['interval', '1 day 2 hours', '1 day 02:00:00'],
  ['json', '{"b":1,  "a":2}'],
  ['jsonb', '{"b":1,  "a":2}', '{"a": 2, "b": 1}'],
  ['mathesar_types.mathesar_json_array', '[1,2]', '[1, 2]'],
  ['mathesar_types.mathesar_json_object', '{"a":1}', '{"a": 1}'],
  ['mathesar_types.email', 'a@b'],
  ['mathesar_types.uri', 'a:b'],
  ['bytea', '\\xdead'],
  ['bit(3)', '101'],
  ['inet', '10.0.0.1', '10.0.0.1/32'],
  ['cidr', '10.0.0.0/8'],
  ['macaddr', '08:00:2b:01:02:03'],
  ['uuid', '00000000-0000-4000-8000-000000000000'],
  ['oid', '7'],
  ['"char"', 'x'],
  ['regclass', 'pg_catalog.pg_type', 'pg_type'],
  ['int4range', '[1,5]', '[1,6)'],
  ['int8range', '[1,5]', '[1,6)'],
  ['numrange', '[1.5,2]', '[1.5,2]'],
  ['daterange', '[2021-03-04,2021-03-05]', '[2021-03-04,2021-03-06)'],
  ['tsrange', '[2021-03-04 10:20,)', '["2021-03-04 10:20:00",)'],
  ['tstzrange', '[2021-03-04 10:20+00,)', '["2021-03-04 10:20:00+00",)'],
  ['tsvector', 'b a', `'a' 'b'`],
]
const rows: Row[] = FORMS.map(([source, value, text]) => [source, value, text ?? value])

testCasts(database, 'cast_to_text', rows)
testCasts(database, 'cast_to_character_varying', rows)
// The text form of a character value lacks what trails.
testCasts(
  database,
  'cast_to_character',
  rows.map(([source, value, text]): Row => [source, value, typeof text === 'string' ? text.trimEnd() : text]),
)
testCasts(database, 'cast_to_name', rows)
testCasts(
  database,
  'cast_to__double_quote_char_double_quote_',
  rows.map(
    ([source, value, text]): Row => [source, value, typeof text === 'string' ? text.slice(0, 1) : text],
  ),
)

it('the rows contain every source', () => expect(rows).toHaveLength(41))

const styled: Row[] = [
  ['date', '2021-03-04', '04.03.2021'],
  ['timestamp with time zone', '2021-03-04 10:20+00', '04.03.2021 05:20:00 EST'],
  ['interval', '1 day 2 hours', 'P1DT2H'],
  ['bytea', '\\xdead', '\\336\\255'],
  ['double precision', '0.1', '0.1'],
]
testCasts(database, 'cast_to_text', styled, {
  title: 'cast_to_text in a session of other styles',
  session: `SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'; SET bytea_output = 'escape';
    SET TimeZone = 'America/New_York'; SET extra_float_digits = 0`,
})

it('a character result has the length of its column', async () => {
  await database.run('RESET ALL')
  const cast = (text: string) => `mathesar_types.cast_to_character('${text}'::text)`
  expect(await database.value(`length(${cast('abcdefgh')})`)).toBe(8)
  expect(await database.value(`octet_length(mathesar_types.cast_to_character('ab'::character(5)))`)).toBe(2)
  await database.run('BEGIN; CREATE TABLE kept (c text); SAVEPOINT empty')
  const alter = (type: string) =>
    database.run(`ALTER TABLE kept ALTER c TYPE ${type} USING mathesar_types.cast_to_character(c)`)
  await database.run(`INSERT INTO kept VALUES ('abc  ')`)
  await alter('character(5)')
  expect(await database.value('(SELECT octet_length(c) FROM kept)')).toBe(5)
  await database.run(`ROLLBACK TO empty; INSERT INTO kept VALUES ('abc')`)
  await expect(alter('character(2)')).rejects.toMatchObject({
    code: '22001',
    message: 'value too long for type character(2)',
  })
  await database.run(`ROLLBACK TO empty; INSERT INTO kept VALUES ('abc')`)
  await expect(alter('character')).rejects.toMatchObject({ code: '22001' })
  await database.run('ROLLBACK')
})

it('a cast to name truncates a long name', async () => {
  expect(await database.value(`mathesar_types.cast_to_name(repeat('x', 70))`)).toBe('x'.repeat(63))
})
