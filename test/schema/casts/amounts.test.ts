import { expect, it } from 'vitest'
import { useDatabase } from './support.ts'

/**
 * The grammar of amounts a second time, as a reader of digit runs and marks instead of patterns, held against
 * the scanners and the casts on many random texts.
 */
interface Amount {
  text: string
  group: string | null
  decimal: string | null
}

const GROUP_MARKS = [',', '.', ' ', "'"]

function readAmount(text: string, isSwiss: boolean): Amount | null {
  const runs = text.split(/[^0-9]/)
  const marks = [...text.replaceAll(/[0-9]/g, '')]
  if (runs.some((run) => run === '') || marks.some((mark) => !GROUP_MARKS.includes(mark))) return null
  const lengths = runs.map((run) => run.length)
  const [first = 0, ...others] = lengths
  if (marks.length === 0) return { text, group: null, decimal: null }
  const [mark = ''] = marks
  if (marks.length === 1 && (mark === '.' || mark === ',')) {
    return first > 3 || (others[0] ?? 0) <= 2 ? { text, group: null, decimal: mark } : null
  }
  const last = marks.at(-1) ?? ''
  const decimal = last !== mark ? last : null
  const groupMarks = decimal === null ? marks : marks.slice(0, -1)
  const groups = decimal === null ? others : others.slice(0, -1)
  if (groupMarks.some((one) => one !== mark)) return null
  if (decimal !== null && !decimalMarksAfter(mark).includes(decimal)) return null
  if (mark === "'" && !isSwiss) return null
  const isInThrees = first <= 3 && groups.every((length) => length === 3)
  const isAmbiguous = (mark === ',' || mark === '.') && groups.length === 1 && decimal === null
  const isIndian =
    mark === ',' &&
    first <= 2 &&
    groups.length >= 2 &&
    groups.at(-1) === 3 &&
    groups.slice(0, -1).every((length) => length === 2)
  return (isInThrees && !isAmbiguous) || isIndian ? { text, group: mark, decimal } : null
}

function decimalMarksAfter(group: string): string[] {
  if (group === ' ') return ['.', ',']
  return group === '.' ? [','] : ['.']
}

function denoted({ text, group, decimal }: Amount): string {
  const plain = group === null ? text : text.replaceAll(group, '')
  const pointed = decimal === null ? plain : plain.replace(decimal, '.')
  return pointed.replace(/^0+(?=[0-9])/, '')
}

const negated = (number: string) => (/^[0.]*$/.test(number) ? number : `-${number}`)

/** What the two scanners and the two casts give for a text. */
function expected(text: string) {
  const sign = /^[+-]/.test(text) ? text.slice(0, 1) : ''
  const numeric = readAmount(text.slice(sign.length), true)
  const start = text.search(/[0-9.,]/)
  const inner = start === -1 ? '' : text.slice(start).replace(/[^0-9.,]+$/, '')
  const around = text.slice(0, Math.max(0, start)) + text.slice(start + inner.length)
  const money = inner === '' || around === '' ? null : readAmount(inner, false)
  const isNegative = around.includes('-') || /\(.+\)/s.test(text)
  return {
    numbers: numeric && [numeric.text, numeric.group, numeric.decimal],
    money: money && [money.text, money.group, money.decimal, around],
    as_numeric: numeric && (sign === '-' ? negated(denoted(numeric)) : denoted(numeric)),
    as_money: money && (isNegative ? negated(denoted(money)) : denoted(money)),
  }
}

/** Returns a generator of the same numbers each time (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function texts(count: number): string[] {
  const next = random(20211006)
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T
  const digits = (length: number) => Array.from({ length }, () => pick([...'0123456789'])).join('')
  const around = [
    '',
    '',
    '',
    '',
    '$',
    '-',
    '+',
    ' ',
    '(',
    ')',
    'kr ',
    ' USD',
    '€',
    '.',
    ',',
    '7',
    '\n',
    'a-b',
    '()',
  ]
  const noise = () =>
    Array.from({ length: Math.floor(next() * 9) }, () => pick([..."0123.,' -()$e"])).join('')
  const likely = () => {
    const mark = pick([...GROUP_MARKS, ',', '.', ','])
    const size = pick([3, 3, 2])
    const sizes = Array.from({ length: Math.floor(next() * 4) }, () =>
      next() < 0.9 ? size : pick([1, 2, 3, 4]),
    )
    if (sizes.length > 0 && next() < 0.9) sizes[sizes.length - 1] = 3
    const groups = sizes.map((length) => `${mark}${digits(length)}`)
    const tail = pick(['', '', '.', ',', "'"])
    const decimals = tail === '' ? '' : tail + digits(pick([0, 1, 1, 2, 2, 3, 4]))
    const isBare = next() < 0.5
    const before = isBare ? pick(['', '', '-', '+']) : pick(around)
    const after = isBare ? '' : pick(around)
    return before + digits(pick([0, 1, 1, 2, 2, 3, 3, 4, 5])) + groups.join('') + decimals + after
  }
  return Array.from({ length: count }, () => (next() < 0.3 ? noise() : likely()))
}

const database = useDatabase()

it('the scanners and casts read random texts as the grammar specifies', async () => {
  const all = texts(20_000)
  await database.run(`
    CREATE FUNCTION pg_temp.number_of(text) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN RETURN mathesar_types.cast_to_numeric($1); EXCEPTION WHEN raise_exception THEN RETURN NULL; END $$;
    CREATE FUNCTION pg_temp.money_of(text) RETURNS text LANGUAGE plpgsql AS $$
    BEGIN RETURN mathesar_types.cast_to_mathesar_money($1); EXCEPTION WHEN raise_exception THEN RETURN NULL; END $$`)
  const rows = await database.run(
    `SELECT mathesar_types.get_numeric_array(t) AS numbers, mathesar_types.get_mathesar_money_array(t) AS money,
       pg_temp.number_of(t) AS as_numeric, pg_temp.money_of(t) AS as_money
     FROM unnest($1::text[]) WITH ORDINALITY AS given (t, i) ORDER BY i`,
    [all],
  )
  const expectedAmounts = all.map(expected)
  // There must be enough of each kind, or the test says nothing.
  for (const kind of ['numbers', 'money'] as const) {
    expect(expectedAmounts.filter((one) => one[kind] !== null).length).toBeGreaterThan(2_000)
  }
  const different = all.flatMap((text, index) => {
    const got = JSON.stringify(rows[index])
    const want = JSON.stringify(expectedAmounts[index])
    return got === want ? [] : [{ text, got, want }]
  })
  expect(different).toEqual([])
})

it('the components of a URI are those of its nine parts', async () => {
  const next = random(3986)
  const alphabet = [...'ab://??##.@[]%\n ']
  const all = Array.from({ length: 20_000 }, () =>
    Array.from(
      { length: Math.floor(next() * 12) },
      () => alphabet[Math.floor(next() * alphabet.length)],
    ).join(''),
  )
  const rows = await database.run(
    `SELECT t, ARRAY[mathesar_types.uri_scheme(t), mathesar_types.uri_authority(t), mathesar_types.uri_path(t),
         mathesar_types.uri_query(t), mathesar_types.uri_fragment(t)] AS components, mathesar_types.uri_parts(t) AS parts
     FROM unnest($1::text[]) WITH ORDINALITY AS given (t, i) ORDER BY i`,
    [all],
  )
  const split = (text: string) => {
    // RFC 3986, appendix B.
    const match = /^(([^:/?#]+):)?(\/\/([^/?#]*))?([^?#]*)(\?([^#]*))?(#(.*))?$/s.exec(text)
    return (match ?? []).slice(1).map((part) => part ?? null)
  }
  for (const { t, components, parts } of rows as { t: string; components: unknown[]; parts: unknown[] }[]) {
    expect({ t, parts }).toEqual({ t, parts: split(t) })
    expect({ t, components }).toEqual({ t, components: [parts[1], parts[3], parts[4], parts[6], parts[8]] })
  }
})

it('accepts the addresses that the HTML standard accepts', async () => {
  const next = random(822)
  const label = [...'ab-Z0_.@']
  const all = Array.from({ length: 20_000 }, () => {
    const text = Array.from(
      { length: 1 + Math.floor(next() * 9) },
      () => label[Math.floor(next() * label.length)],
    )
    // Now and then a label around the length that is the most.
    return `${next() < 0.7 ? 'x@' : ''}${text.join('')}${next() < 0.2 ? 'y'.repeat(58 + Math.floor(next() * 7)) : ''}`
  })
  await database.run(`
    CREATE FUNCTION pg_temp.is_email(text) RETURNS boolean LANGUAGE plpgsql AS $$
    BEGIN RETURN mathesar_types.cast_to_email($1) IS NOT NULL; EXCEPTION WHEN check_violation THEN RETURN false; END $$`)
  const rows = await database.run(
    `SELECT t, pg_temp.is_email(t) AS valid
     FROM unnest($1::text[]) WITH ORDINALITY AS given (t, i) ORDER BY i`,
    [all],
  )
  // The pattern of https://html.spec.whatwg.org/#valid-e-mail-address
  const valid =
    /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
  expect(rows).toEqual(all.map((t) => ({ t, valid: valid.test(t) })))
})
