import { Chalk } from 'chalk'
import stringWidth from 'string-width'
import { describe, expect, test } from 'vitest'
import { portLength, timeText } from '../../src/cli/render/database.ts'
import { summary } from '../../src/cli/render/summary.ts'
import { type Column, layOut, table } from '../../src/cli/render/table.ts'

const style = new Chalk({ level: 0 })

const COLUMNS: readonly Column[] = [
  { heading: 'NAME', isCutInMiddle: true },
  { heading: 'ROLE', rank: 1 },
  { heading: 'SERVER', tailLength: portLength },
  { heading: 'SSLMODE', isWhole: true, rank: 3 },
  { heading: 'SCHEMA', isWhole: true, rank: 2 },
]
const ROWS = [
  ['library', 'librarian', 'db.example.org:5432', 'verify-full', 'bundled 0.6.0'],
  ['archive', 'librarian', '[2001:db8::15]:54321', 'prefer', '-'],
]

describe('a table on a terminal that is too narrow', () => {
  test.each([
    [68, []],
    [67, ['SSLMODE']],
    [55, ['SSLMODE']],
    [54, ['SSLMODE', 'SCHEMA']],
    [50, ['SSLMODE', 'SCHEMA']],
    [38, ['ROLE', 'SSLMODE', 'SCHEMA']],
  ])('leaves out at %i columns the least important columns: %j', (width, omitted) => {
    const layout = layOut(COLUMNS, ROWS, { width, style })
    expect(layout.omitted).toEqual(omitted)
    for (const heading of omitted) expect(layout.text).not.toContain(heading)
    for (const line of layout.text.split('\n')) expect(stringWidth(line), line).toBeLessThanOrEqual(width)
  })

  test.each([72, 60, 50, 40, 30, 24])('shows every port whole at %i columns', (width) => {
    const [, first, second] = table(COLUMNS, ROWS, { width, style }).split('\n')
    expect(first).toMatch(/:5432( |$)/)
    expect(second).toMatch(/:54321( |$)/)
  })

  test('cuts a long value before it leaves out a column', () => {
    const rows = [[`a${'b'.repeat(200)}c`, 'me', 'localhost:5432', 'prefer', '-']]
    const { text, omitted } = layOut(COLUMNS, rows, { width: 70, style })
    expect(omitted).toEqual([])
    expect(text).toMatch(/^ab+…b+c +me +localhost:5432 +prefer +-$/m)
  })

  test('cuts no number, and no value that says nothing without its end', () => {
    const columns = [
      { heading: 'TABLE' },
      { heading: 'ROWS', isRightAligned: true },
      { heading: 'CODE', isWhole: true },
    ]
    const text = table(columns, [['t'.repeat(60), '1234567890', 'DATABASE_DOES_NOT_EXIST']], {
      width: 44,
      style,
    })
    expect(text).toMatch(/^t+… +1234567890 +DATABASE_DOES_NOT_EXIST$/m)
  })

  test.each([1, 5, 12])('is wider than a terminal of %i columns rather than empty', (width) => {
    const { text, omitted } = layOut(COLUMNS, ROWS, { width, style })
    expect(omitted).toEqual(['ROLE', 'SSLMODE', 'SCHEMA'])
    expect(text.split('\n')).toHaveLength(3)
  })
})

test('shows everything where there is no terminal', () => {
  const { text, omitted } = layOut(COLUMNS, ROWS, { width: null, style })
  expect(omitted).toEqual([])
  expect(text).toContain('verify-full')
  expect(text).not.toContain('…')
})

describe('a summary', () => {
  const rows = [
    ['Name', 'library'],
    ['Schemas', 'those that are there will be upgraded in place (bundled 0.6.0)'],
  ] as const

  test('continues a value below itself where the terminal is too narrow', () => {
    expect(summary(rows, { width: 40, style }).split('\n')).toEqual([
      '  Name     library',
      '  Schemas  those that are there will be',
      '           upgraded in place (bundled',
      '           0.6.0)',
    ])
  })

  test('breaks a URL that is too long behind one of its separators', () => {
    const url = 'postgresql://mathesar@127.0.0.1:54999/op_020'
    const lines = summary([['Internal database', url]], { width: 60, style }).split('\n')
    expect(lines.map((line) => line.trim())).toEqual([
      'Internal database  postgresql://mathesar@127.0.0.1:54999/',
      'op_020',
    ])
  })

  test('continues a checksum below itself where it is wider than the terminal has room', () => {
    const checksum = '0123456789abcdef'.repeat(4)
    const lines = summary([['checksum', checksum]], { width: 60, style }).split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60)
    expect(lines.join('').replace('checksum', '').replaceAll(' ', '')).toBe(checksum)
  })

  test('has a line for each value where there is no terminal', () => {
    expect(summary(rows, { width: null, style }).split('\n')).toHaveLength(2)
  })
})

test('shows a stored time in UTC without its fraction of a second', () => {
  expect(timeText('2026-11-30T03:53:12.901000Z')).toBe('2026-11-30 03:53:12 UTC')
  expect(timeText('2026-11-30T03:53:12Z')).toBe('2026-11-30 03:53:12 UTC')
  expect(timeText('0000')).toBe('0000')
})
