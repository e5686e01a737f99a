import { describe, expect, it } from 'vitest'
import { type Named, rowsMeant, shownNames } from '../../../src/store/django-modern/naming.ts'

/** Rows from `BASE HOST PORT DATABASE`, with ids from 1. */
function rowsOf(...texts: readonly string[]): Named[] {
  return texts.map((text, index) => {
    const [base = '', host = '', port = '', database = base] = text.split(' ')
    return { id: index + 1, base, host, port: port === '-' ? null : Number(port || 5432), database }
  })
}

function shown(...texts: readonly string[]): string[] {
  return [...shownNames(rowsOf(...texts)).values()]
}

function meant(given: string, ...texts: readonly string[]): string[] {
  const rows = rowsOf(...texts)
  const names = shownNames(rows)
  return rowsMeant(given, rows, names).map(({ id }) => names.get(id) ?? '')
}

describe('the name by which a row is shown', () => {
  it('is bare where no other row has it', () => {
    expect(shown('library h1', 'archive h1')).toEqual(['library', 'archive'])
  })

  it('has the host, the port and the database only as far as they tell rows of one name apart', () => {
    expect(shown('a h1', 'a h2', 'b h1')).toEqual(['a@h1', 'a@h2', 'b'])
    expect(shown('a h1', 'a h1 5433', 'a h2 5433')).toEqual(['a@h1:5432', 'a@h1:5433', 'a@h2'])
    expect(shown('a h1 5432 x', 'a h1 5432 y', 'a h1 5433 x')).toEqual([
      'a@h1:5432/x',
      'a@h1:5432/y',
      'a@h1:5433',
    ])
  })

  it('counts a NULL port as 5432, and adds the id where nothing else differs', () => {
    expect(shown('a h1 -', 'a h2 5432')).toEqual(['a@h1', 'a@h2'])
    expect(shown('a h1 -', 'a h1 5433')).toEqual(['a@h1:5432', 'a@h1:5433'])
    expect(shown('a h1 -', 'a h1 5432')).toEqual(['a@h1:5432/a#1', 'a@h1:5432/a#2'])
  })

  it('puts an IPv6 address into brackets, and shows the directory of a socket', () => {
    expect(shown('a ::1', 'a ::1 5433', 'a /run/postgresql -')).toEqual([
      'a@[::1]:5432',
      'a@[::1]:5433',
      'a@/run/postgresql',
    ])
  })

  it('differs from nicknames that look like it', () => {
    expect(shown('a h1', 'a h2', 'a@h1 h3')).toEqual(['a@h1:5432', 'a@h2', 'a@h1@h3'])
    expect(shown('a h1 -', 'a h1', 'a@h1:5432/a#1 h3')).toEqual([
      'a@h1:5432/a#1',
      'a@h1:5432/a#2',
      'a@h1:5432/a#1@h3',
    ])
  })

  it('differs from those of ten thousand rows of one name', () => {
    const rows = Array.from({ length: 10_000 }, (_, index) => `a h${index % 100} 5432 d${index}`)
    const start = performance.now()
    expect(new Set(shown(...rows)).size).toBe(10_000)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe('a given name', () => {
  it('means the row that is shown by it', () => {
    expect(meant('a', 'a h1', 'b h1')).toEqual(['a'])
    expect(meant('a@h1', 'a h1', 'a h2')).toEqual(['a@h1'])
    expect(meant('c', 'a h1')).toEqual([])
  })

  it('means all rows that have it as their name without a server', () => {
    expect(meant('a', 'a h1', 'a h2', 'b h1')).toEqual(['a@h1', 'a@h2'])
  })

  it('means a row by a longer form than the shown one', () => {
    expect(meant('a@h1:5432', 'a h1', 'a h2')).toEqual(['a@h1'])
    expect(meant('a@h1', 'a h1 -')).toEqual(['a'])
    expect(meant('a@h1:5432/a', 'a h1 -')).toEqual(['a'])
    expect(meant('a@h1', 'a h1', 'a h1 5433')).toEqual(['a@h1:5432', 'a@h1:5433'])
    expect(meant('a@::1', 'a ::1')).toEqual(['a'])
    expect(meant('a@[::1]:5432', 'a ::1')).toEqual(['a'])
    expect(meant('a@h2', 'a h1')).toEqual([])
  })

  it('with an @ of its own means the row of that nickname first', () => {
    expect(meant('a@h1', 'a h1', 'a@h1 h3')).toEqual(['a@h1'])
    expect(meant('a@b@h1', 'a@b h1', 'a@b h2')).toEqual(['a@b@h1'])
  })
})
