import { beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { sql } from '../support/database.ts'
import { installedDatabase } from './support.ts'

let settings: ConnectionSettings
beforeAll(async () => {
  settings = await installedDatabase()
})

async function value(expression: string, ...values: unknown[]): Promise<unknown> {
  const rows = await sql<{ value: unknown }>(
    settings.database,
    `SELECT ${expression} AS value`,
    values,
    settings,
  )
  return rows[0]?.value
}

const rejected = (type: string) => ({
  code: '23514',
  message: `value for domain mathesar_types.${type} violates check constraint "${type}_check"`,
})

describe('mathesar_types.email', () => {
  const label63 = 'a'.repeat(63)
  it.each([
    'ann@example.net',
    'a@b',
    'ANN@Example.NET',
    '.a@b',
    'a..b@c',
    'a.@b',
    "o'neil@x.ie",
    'a!#$%&*+/=?^_`{|}~-@b.c',
    'a@10.0.0.1',
    `${'a'.repeat(300)}@b`,
    `a@${label63}.${label63}`,
  ])('accepts %s', async (text) => {
    expect(await value('$1::mathesar_types.email', text)).toBe(text)
  })

  it.each([
    'ann.example.net',
    '@b',
    'a@',
    'a@b@c',
    'a@b..c',
    'a@.b',
    'a@b.c.',
    'a@-b.c',
    'a@b-.c',
    'a@b_c.d',
    'a@[10.0.0.1]',
    '"a b"@c',
    'a b@c',
    'a(b)@c.d',
    'a,b@c.d',
    `a@${label63}a`,
    ' a@b',
    'a@b ',
    'a@b\n',
    '',
    'é@b.c',
    'a@é.fr',
    'mailto:a@b.c',
    'A <a@b.c>',
  ])('rejects %j', async (text) => {
    await expect(value('$1::mathesar_types.email', text)).rejects.toMatchObject(rejected('email'))
  })

  it('mathesar_types.email has two parts', async () => {
    expect(await value(`mathesar_types.email_local_part('ann.b+c@Example.net')`)).toBe('ann.b+c')
    expect(await value(`mathesar_types.email_domain_name('ann.b+c@Example.net')`)).toBe('Example.net')
    await expect(value(`mathesar_types.email_local_part('nobody')`)).rejects.toMatchObject(rejected('email'))
  })
})

describe('mathesar_types.uri', () => {
  it.each([
    'https://example.org/a',
    'HTTP://Example.ORG/A',
    'mailto:x',
    'a:',
    'http:',
    'http://',
    'example.org:8080',
    '12:30',
    'note: hi',
    'ht tp://x',
    'ü\n:x',
  ])('accepts %j', async (text) => {
    expect(await value('$1::mathesar_types.uri', text)).toBe(text)
  })

  it.each([
    'example.org',
    'www.example.co.uk/x',
    '/p',
    '//example.org/p',
    '?q',
    '#f',
    '://x.com',
    ':x',
    'a/b:c',
    '',
  ])('rejects %j', async (text) => {
    await expect(value('$1::mathesar_types.uri', text)).rejects.toMatchObject(rejected('uri'))
  })

  it.each([
    ['https://u@h.org:81/p/q?x=1&y=?2#f#g?', 'https', 'u@h.org:81', '/p/q', 'x=1&y=?2', 'f#g?'],
    ['news:a.b?c', 'news', null, 'a.b', 'c', null],
    ['a:', 'a', null, '', null, null],
    ['//h', null, 'h', '', null, null],
    ['x?', null, null, 'x', '', null],
    ['#', null, null, '', null, ''],
    ['://x', null, null, '://x', null, null],
    ['http://', 'http', '', '', null, null],
    ['a\nb:c\nd?e\nf#g\nh', 'a\nb', null, 'c\nd', 'e\nf', 'g\nh'],
    ['urn:[2001:db8::7]', 'urn', null, '[2001:db8::7]', null, null],
  ])('%j is split as RFC 3986 says', async (text, ...parts) => {
    const names = ['scheme', 'authority', 'path', 'query', 'fragment']
    const calls = names.map((name) => `mathesar_types.uri_${name}($1)`)
    expect(await value(`ARRAY[${calls.join(', ')}]`, text)).toEqual(parts)
  })

  it('mathesar_types.uri has nine parts', async () => {
    expect(await value(`mathesar_types.uri_parts('https://u@h.org:81/p/q?x=1&y=?2#f#g?')`)).toEqual([
      'https:',
      'https',
      '//u@h.org:81',
      'u@h.org:81',
      '/p/q',
      '?x=1&y=?2',
      'x=1&y=?2',
      '#f#g?',
      'f#g?',
    ])
  })

  it('mathesar_types.uri can be split where the collation of the text is not determined', async () => {
    const mixed = `SELECT 'a:b' COLLATE "C" AS one, 'c' COLLATE "POSIX" AS two`
    expect(await value(`(SELECT mathesar_types.uri_scheme(one || two) FROM (${mixed}) mixed)`)).toBe('a')
  })
})

describe('the other types', () => {
  it('the other types all accept NULL', async () => {
    for (const type of [
      'email',
      'uri',
      'mathesar_money',
      'multicurrency_money',
      'mathesar_json_array',
      'mathesar_json_object',
    ]) {
      expect(await value(`NULL::mathesar_types.${type}`)).toBeNull()
    }
  })

  it('JSON domains check only the top level', async () => {
    expect(await value(`'[1,  2]'::mathesar_types.mathesar_json_array::text`)).toBe('[1, 2]')
    expect(await value(`'{"b": 1, "a": 2, "a": 3}'::mathesar_types.mathesar_json_object::text`)).toBe(
      '{"a": 3, "b": 1}',
    )
    for (const other of ['{}', '"x"', '1', 'true', 'null']) {
      await expect(value('$1::mathesar_types.mathesar_json_array', other)).rejects.toMatchObject(
        rejected('mathesar_json_array'),
      )
    }
    await expect(value(`'[]'::mathesar_types.mathesar_json_object`)).rejects.toMatchObject(
      rejected('mathesar_json_object'),
    )
    await expect(value(`'x'::mathesar_types.mathesar_json_object`)).rejects.toMatchObject({ code: '22P02' })
  })

  it('amounts of money print as numbers, with a currency as rows', async () => {
    expect(await value(`'7.50'::mathesar_types.mathesar_money::text`)).toBe('7.50')
    expect(await value(`'NaN'::mathesar_types.mathesar_money::text`)).toBe('NaN')
    expect(await value(`row(7.50, 'EUR')::mathesar_types.multicurrency_money::text`)).toBe('(7.50,EUR)')
    expect(await value(`'(5,US)'::mathesar_types.multicurrency_money::text`)).toBe('(5,"US ")')
    await expect(value(`'(5,EURO)'::mathesar_types.multicurrency_money`)).rejects.toMatchObject({
      code: '22001',
    })
    expect(await value(`to_json(row(5.50, 'EUR')::mathesar_types.multicurrency_money)::text`)).toBe(
      '{"value":5.50,"currency":"EUR"}',
    )
  })

  it('the types of __msar have their fields in order', async () => {
    expect(await value(`row('"a"', 'text', true, NULL, false, NULL)::__msar.col_def::text`)).toBe(
      '("""a""",text,t,,f,)',
    )
    expect(
      await value(
        `(row(NULL, 'u', '{a}', NULL, NULL, NULL, NULL, NULL, NULL, NULL)::__msar.con_def).col_names`,
      ),
    ).toEqual(['a'])
    expect(await value(`(row('a', true)::__msar.not_null_def).not_null`)).toBe(true)
  })
})

describe('the amount scanners', () => {
  type Row = [text: string, numeric: (string | null)[] | null, money: (string | null)[] | null]
  const rows: Row[] = [
    ['7', ['7', null, null], null],
    ['-7', ['7', null, null], ['7', null, null, '-']],
    ['+7', ['7', null, null], ['7', null, null, '+']],
    ['7%', null, ['7', null, null, '%']],
    ['$7', null, ['7', null, null, '$']],
    ['7 kr', null, ['7', null, null, ' kr']],
    [' 7', null, ['7', null, null, ' ']],
    ['0.5', ['0.5', null, '.'], null],
    ['0,75', ['0,75', null, ','], null],
    ['0.125', null, null],
    ['1.2345', null, null],
    ['1500.125', ['1500.125', null, '.'], null],
    ['1,500', null, null],
    ['8,250.5', ['8,250.5', ',', '.'], null],
    ['8.250,5', ['8.250,5', '.', ','], null],
    ['8 250', ['8 250', ' ', null], null],
    ['8 250,125', ['8 250,125', ' ', ','], null],
    ['8,250,375', ['8,250,375', ',', null], null],
    ['8.250.375', ['8.250.375', '.', null], null],
    ['8,250,375.0625', ['8,250,375.0625', ',', '.'], null],
    ['8,250,375,5', null, null],
    ['8.250,375.5', null, null],
    ['7,50,000', ['7,50,000', ',', null], null],
    ['75,50,000.25', ['75,50,000.25', ',', '.'], null],
    ['7,5,000', null, null],
    ['7.50.000', null, null],
    ["8'250.5", ["8'250.5", "'", '.'], null],
    ["8'250", ["8'250", "'", null], null],
    ["8'250,5", null, null],
    ["kr 8'250.5", null, null],
    ['$8,250.5', null, ['8,250.5', ',', '.', '$']],
    ['₹75,50,000', null, ['75,50,000', ',', null, '₹']],
    ['US$ 12,5', null, ['12,5', null, ',', 'US$ ']],
    ['$8,250', null, null],
    ['5 USD 6', null, null],
    ['(12.5)', null, ['12.5', null, '.', '()']],
    ['€8 250', null, ['8 250', ' ', null, '€']],
    ['12 500 000 Ft', null, ['12 500 000', ' ', null, ' Ft']],
    ['8\u00a0250', null, null],
    ['kr. 5', null, null],
    ['.5', null, null],
    ['5.', null, null],
    ['', null, null],
    ['1e5', null, null],
    ['7\n', null, ['7', null, null, '\n']],
  ]
  it.each(rows)('the amount scanners read %j', async (text, numeric, money) => {
    expect(await value('mathesar_types.get_numeric_array($1)', text)).toEqual(numeric)
    expect(await value('mathesar_types.get_mathesar_money_array($1)', text)).toEqual(money)
  })

  it('the amount scanners return NULL for NULL', async () => {
    expect(await value('mathesar_types.get_numeric_array(NULL)')).toBeNull()
    expect(await value('mathesar_types.get_mathesar_money_array(NULL)')).toBeNull()
  })
})

it('the helpers have the volatility and strictness that callers build upon', async () => {
  const rows = await sql<{ name: string; facts: string }>(
    settings.database,
    `SELECT proname AS name, provolatile::text || proisstrict::text AS facts FROM pg_proc
     WHERE pronamespace = 'mathesar_types'::regnamespace AND NOT starts_with(proname, 'cast_to_') ORDER BY 1`,
  )
  expect(Object.fromEntries(rows.map(({ name, facts }) => [name, facts]))).toEqual({
    email_domain_name: 'itrue',
    email_local_part: 'itrue',
    get_mathesar_money_array: 'vfalse',
    get_numeric_array: 'vfalse',
    uri_authority: 'itrue',
    uri_fragment: 'itrue',
    uri_parts: 'itrue',
    uri_path: 'itrue',
    uri_query: 'itrue',
    uri_scheme: 'itrue',
  })
})
