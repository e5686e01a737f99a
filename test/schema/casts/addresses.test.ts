import { expect, it } from 'vitest'
import { asText, type Failure, type Row, raised, testCasts, useDatabase, violates } from './support.ts'

const database = useDatabase()

testCasts(database, 'cast_to_email', [
  ...asText([
    ['Ann.B+c@Example.net', 'Ann.B+c@Example.net'],
    ['a@b', 'a@b'],
    ...['ann.example.net', ' a@b', 'a@b ', 'a@b\n', 'mailto:a@b', 'A <a@b.c>', '', 'é@b.c'].map(
      (text): readonly [string, Failure] => [text, violates('email')],
    ),
  ]),
  ['character(5)', 'a@b', 'a@b'],
  ['character(5)', ' a@b', violates('email')],
  ['mathesar_types.email', 'a@b', 'a@b'],
  ['integer', '5', violates('email')],
  ['json', '"a@b"', violates('email')],
  ['boolean', 'true', violates('email')],
])

const noUri = (text: string) => raised(`${text} is not a mathesar_types.uri`)
testCasts(database, 'cast_to_uri', [
  ...asText([
    ['https://example.org/A', 'https://example.org/A'],
    ['HTTP://Example.ORG/A', 'HTTP://Example.ORG/A'],
    ['MAILTO:x', 'MAILTO:x'],
    ['example.org:8080', 'example.org:8080'],
    ['note: hi', 'note: hi'],
    ['12:30', '12:30'],
    ['http:', 'http:'],
    ['example.org', 'http://example.org'],
    ['Example.ORG/Path?Q=A#F', 'http://example.org/path?q=a#f'],
    ['example.org?q=/a.b', 'http://example.org?q=/a.b'],
    ['example.org#f.x', 'http://example.org#f.x'],
    ['EXAMPLE.INFO/I', 'http://example.info/i'],
    ['www.example.co.uk', 'http://www.example.co.uk'],
    ['ann@example.net', 'http://ann@example.net'],
    ['xn--80ak6aa92e.xn--p1ai', 'http://xn--80ak6aa92e.xn--p1ai'],
    ['notes.md', 'http://notes.md'],
    ['an example.org', 'http://an example.org'],
    ['example.org/a:b', 'http://example.org/a:b'],
    ['.org', 'http://.org'],
    ['a\n.org', 'http://a\n.org'],
    ...[
      'example.notatld',
      'example.org.',
      'example.org ',
      'example..org',
      '//example.org',
      '/p/q',
      '/example.org',
      '://example.org',
      '?example.org',
      'com',
      '10.0.0.1',
      '$5.50',
      '5.50USD',
      'myhost',
      'пример.рф',
      'a/b.com',
      'a?b.com',
      'a#b.com',
      '.',
      'a.',
      '%.%',
      '',
    ].map((text) => [text, noUri(text)] as const),
  ]),
  ['character(12)', 'example.org', 'http://example.org'],
  ['character(12)', 'a:b', 'a:b'],
  ['character(6)', 'nope', noUri('nope  ')],
  ['mathesar_types.uri', 'a:b', 'a:b'],
  ['mathesar_types.email', 'a@b.org', violates('uri')],
  ['integer', '5', violates('uri')],
  ['time', '10:20:30', '10:20:30'],
  ['jsonb', '{"a": 1}', '{"a": 1}'],
])

it('accepts a URI for every row of the table, and none for a deleted row', async () => {
  expect(
    await database.value(`(
      SELECT array_agg(tld) FROM mathesar_types.top_level_domains
      WHERE mathesar_types.cast_to_uri('X.' || upper(tld)) <> 'http://x.' || tld)`),
  ).toBeNull()
  await database.run(`BEGIN; DELETE FROM mathesar_types.top_level_domains WHERE tld = 'org'`)
  expect(await database.outcome(`mathesar_types.cast_to_uri('example.org'::text)`)).toEqual(
    noUri('example.org'),
  )
  await database.run('ROLLBACK')
  await database.run(`BEGIN; INSERT INTO mathesar_types.top_level_domains VALUES ('mine')`)
  expect(await database.outcome(`mathesar_types.cast_to_uri('a.mine'::text)`)).toBe('http://a.mine')
  await database.run('ROLLBACK')
})

const kinds: Record<string, Row[]> = {
  json: [
    ['text', '{"b": 1,  "a": 2}', '{"b": 1,  "a": 2}'],
    ['character(6)', '[1]', '[1]   '],
    ['json', '{"b": 1,  "a": 2}', '{"b": 1,  "a": 2}'],
    ['jsonb', '{"b": 1,  "a": 2}', '{"a": 2, "b": 1}'],
    ['mathesar_types.mathesar_json_array', '[1,  2]', '[1, 2]'],
    ['mathesar_types.mathesar_json_object', '{"a":1}', '{"a": 1}'],
  ],
  jsonb: [
    ['text', '{"b": 1,  "a": 2, "a": 3}', '{"a": 3, "b": 1}'],
    ['text', ' 5 ', '5'],
    ['character(6)', 'null', 'null'],
    ['json', '{"b": 1,  "a": 2}', '{"a": 2, "b": 1}'],
    ['jsonb', '[1]', '[1]'],
    ['mathesar_types.mathesar_json_array', '[1]', '[1]'],
    ['mathesar_types.mathesar_json_object', '{"a": 1}', '{"a": 1}'],
  ],
  mathesar_json_array: [
    ['text', '[1,  "x"]', '[1, "x"]'],
    ['character(6)', '[]', '[]'],
    ['json', '[1,  2]', '[1, 2]'],
    ['jsonb', '[1, 2]', '[1, 2]'],
    ['mathesar_types.mathesar_json_array', '[1]', '[1]'],
    ...(['{}', 'null', '"[1]"', '5', 'true'] as const).flatMap((value): Row[] => [
      ['text', value, violates('mathesar_json_array')],
      ['jsonb', value, violates('mathesar_json_array')],
    ]),
    ['json', '{"a": 1}', violates('mathesar_json_array')],
    ['mathesar_types.mathesar_json_object', '{"a": 1}', violates('mathesar_json_array')],
  ],
  mathesar_json_object: [
    ['text', '{"b": 1,  "a": 2}', '{"a": 2, "b": 1}'],
    ['character(6)', '{}', '{}'],
    ['json', '{"a": [1]}', '{"a": [1]}'],
    ['jsonb', '{"a": [1]}', '{"a": [1]}'],
    ['mathesar_types.mathesar_json_object', '{"a": 1}', '{"a": 1}'],
    ['text', '[1]', violates('mathesar_json_object')],
    ['jsonb', '5', violates('mathesar_json_object')],
    ['mathesar_types.mathesar_json_array', '[1]', violates('mathesar_json_object')],
  ],
}
for (const [kind, rows] of Object.entries(kinds)) {
  const bad = { code: '22P02', message: 'invalid input syntax for type json' }
  testCasts(database, `cast_to_${kind}`, [
    ...rows,
    ...['{bad', `{'a': 1}`, '', 'True', '[1] x'].flatMap((text): Row[] => [
      ['text', text, bad],
      ['character varying', text, bad],
    ]),
  ])
}
