import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAst } from 'vitest/node'
import { repository } from './support/program.ts'

const LONGEST_LINE = 110
const LONGEST_FILE = 350

/** The engine behind convert and cascade keeps its own style until it is rebuilt. */
const ENGINE = 'src/schema/dependents/'

/**
 * Files that somebody else or a program wrote, and one with long regular expressions: they stay as they are.
 */
const UNTOUCHED =
  /\/golden\/|^bench\/lib\/plain-casts\.sql$|^test\/schema\/(?:signatures|earlier)\/|^src\/schema\/sql\/|^test\/support\/tls\/|\.json$/

/** Returns the files of these folders that git knows, by their paths from the root of the repository. */
function files(...folders: string[]): string[] {
  return execFileSync('git', ['ls-files', '--', ...folders], { cwd: repository, encoding: 'utf8' })
    .split('\n')
    .filter((path) => path !== '' && !path.startsWith(ENGINE))
}

const read = (path: string) => readFileSync(join(repository, path), 'utf8')

/** Positions from start to end. */
interface Range {
  start: number
  end: number
}

/** Where the strings, templates and regular expressions of a file of TypeScript stand. */
function literals(node: unknown): Range[] {
  if (typeof node !== 'object' || node === null) return []
  if (Array.isArray(node)) return node.flatMap(literals)
  const { type, start, end } = node as { type?: string } & Range
  const inside = Object.values(node).flatMap(literals)
  return type === 'TemplateLiteral' || type === 'Literal' ? [{ start, end }, ...inside] : inside
}

/**
 * Returns the lines that are too long, by their numbers. A line of TypeScript may be longer where a literal
 * crosses the limit, since a message or a statement is easier to find in one piece, and where it is the title
 * of a test, which the formatter leaves on one line.
 */
function longLines(path: string): string[] {
  const text = read(path)
  let ranges: Range[] | null = null
  let offset = 0
  return text.split('\n').flatMap((line, index) => {
    const start = offset
    offset += line.length + 1
    if (line.length <= LONGEST_LINE || /^\s*(?:it|test|describe)[\w.]*\(/.test(line)) return []
    // Its strings are JSON, and definitions that PostgreSQL prints in one line.
    if (path.startsWith('test/pgtap/') && /['"]/.test(line)) return []
    if (path.endsWith('.ts')) {
      ranges ??= literals(parseAst(text, { lang: 'ts' }))
      const limit = start + LONGEST_LINE
      if (ranges.some((range) => range.start <= limit && range.end >= limit)) return []
    }
    return [`${path}:${index + 1}`]
  })
}

describe('the files of the repository', () => {
  it(`the files of the repository have no line longer than ${LONGEST_LINE} columns`, () => {
    const paths = files('src', 'test', 'scripts', 'bench', 'bin', '.ci', 'vitest.config.ts')
    expect(paths.length).toBeGreaterThan(500)
    expect(paths.filter((path) => !UNTOUCHED.test(path)).flatMap(longLines)).toEqual([])
  })

  it(`the files of src are no longer than ${LONGEST_FILE} lines`, () => {
    const long = files('src').filter(
      (path) => path.endsWith('.ts') && read(path).split('\n').length > LONGEST_FILE + 1,
    )
    expect(long).toEqual([])
  })

  it('the files that contain SQL for a server are plain ASCII', () => {
    expect(files('src').filter((path) => path.endsWith('.sql') && /\P{ASCII}/u.test(read(path)))).toEqual([])
  })
})
