import { expect, it } from 'vitest'
import { openStore, parseLocation, peekNames } from '../../src/store/index.ts'

const URLS = [
  'postgres://u:hunter2@h/d',
  'postgresql://u:hunter2@h/d',
  'POSTGRES://u:hunter2@h/d',
  'PostgreSQL://u:hunter2@h/d',
  'postgresql:u:hunter2@h/d',
]

it.each(URLS)('recognizes %s as an internal database on PostgreSQL, with its scheme in lower case', (url) => {
  const [scheme = '', ...rest] = url.split(':')
  expect(parseLocation(url)).toEqual({ kind: 'postgres', url: [scheme.toLowerCase(), ...rest].join(':') })
})

it.each([
  'internal.sqlite3',
  '/srv/a:b.sqlite3',
  './sqlite:a',
  'C:\\data\\a.sqlite3',
  'a:b',
  'name=a',
  './host=a',
  '日本語',
])('takes %s for the path of an SQLite file', (path) => {
  expect(parseLocation(path)).toEqual({ kind: 'sqlite', path })
})

it.each([
  'sqlite:///srv/a.sqlite3',
  'SQLite:a',
  'file:a.sqlite3?mode=ro',
  'mysql://u:hunter2@h/d',
  'https://u:hunter2@h/d',
  ' postgres://u:hunter2@h/d',
  '"postgres://u:hunter2@h/d"',
  'jdbc:postgresql://u:hunter2@h/d',
  'host=h user=u password=hunter2 dbname=d',
  " dbname = d password = 'hunter2'",
  'password=hunter2',
])('refuses %s, and shows no password', (url) => {
  let refusal: unknown = null
  try {
    parseLocation(url)
  } catch (error) {
    refusal = error
  }
  expect(refusal).toMatchObject({ code: 'USAGE', details: { field: 'internal-db' } })
  expect(JSON.stringify(refusal, Object.getOwnPropertyNames(refusal))).not.toContain('hunter2')
})

it.each(['mysql://h/d', 'postgresql+psycopg2://h/d', 'host=h dbname=d'])(
  'states for %s how the URL of an internal database on PostgreSQL is written',
  (text) => {
    expect(() => parseLocation(text)).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('postgresql://ROLE@HOST:PORT/DATABASE') }),
    )
  },
)

it.each(URLS)('opens no file in the place of %s, and shows no password', async (url) => {
  for (const attempt of [
    () => openStore(url, () => 'key', { create: true }),
    () => openStore(url, () => 'key', { create: true, dryRun: true }),
  ]) {
    const refusal: unknown = await attempt().then(
      () => null,
      (error: unknown) => error,
    )
    // There is no such host; without slashes it is no URL of libpq's.
    expect(refusal).toMatchObject({ code: expect.stringMatching(/^(?:CONNECTION_FAILED|USAGE)$/) })
    expect(JSON.stringify(refusal, Object.getOwnPropertyNames(refusal))).not.toContain('hunter2')
  }
  expect(await peekNames(url, { named: true })).toEqual([])
})
