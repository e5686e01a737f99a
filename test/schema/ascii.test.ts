import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAst } from 'vitest/node'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { surveyRemoval } from '../../src/schema/removal/survey.ts'
import { notAscii } from '../support/ascii-only.ts'
import { createDatabase, sql } from '../support/database.ts'
import { isSlowLane } from '../support/lanes.ts'
import { repository } from '../support/program.ts'
import { ownedDatabaseIn } from './encodings.ts'
import { install, withSession } from './support.ts'

const source = join(repository, 'src')

function files(extension: string): string[] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter(({ name }) => name.endsWith(extension))
    .map(({ parentPath, name }) => join(parentPath, name))
}

/** A line begins like a statement, a clause or a comment of SQL. */
const SQL =
  /^\s*(--|(SELECT|WITH|CREATE|ALTER|DROP|SET|INSERT|UPDATE|DELETE|GRANT|REVOKE|COMMENT|LOCK|DO|BEGIN|FROM|JOIN|WHERE|CASE|UNION)\b)/m

/** A node of a syntax tree, or a list of them. */
function textsOf(node: unknown, code: string): string[] {
  if (typeof node !== 'object' || node === null) return []
  if (Array.isArray(node)) return node.flatMap((each) => textsOf(each, code))
  const { type, value, start, end } = node as { type?: string; value?: unknown; start: number; end: number }
  const isText = type === 'TemplateLiteral' || (type === 'Literal' && typeof value === 'string')
  return [
    ...(isText ? [code.slice(start + 1, end - 1)] : []),
    ...Object.values(node).flatMap((each) => textsOf(each, code)),
  ]
}

/** All texts in a file of TypeScript that look like SQL, a template with all its parts. */
function sqlIn(path: string): string[] {
  const code = readFileSync(path, 'utf8')
  return textsOf(parseAst(code, { lang: 'ts' }), code).filter((text) => SQL.test(text))
}

describe('the SQL that is sent', () => {
  it('every file of SQL is ASCII', () => {
    const wrong = files('.sql').filter((path) => /\P{ASCII}/u.test(readFileSync(path, 'utf8')))
    expect(wrong.map((path) => relative(source, path))).toEqual([])
  })

  it('every text of the sources is ASCII, comments included', () => {
    const texts = files('.ts').flatMap((path) => sqlIn(path))
    expect(texts.length).toBeGreaterThan(300)
    expect(texts.filter((text) => /\P{ASCII}/u.test(text))).toEqual([])
  })

  it('the SQL may hold names and values of an operator, and nothing else that is not ASCII', () => {
    expect(notAscii(`SELECT 'ä', "ö" FROM $x$ ü $x$ -- all's well`)).toBeNull()
    expect(notAscii('SELECT 1 -- and so on …')).toBe('SELECT 1 -- and so on …')
    expect(notAscii("DO $drop$ BEGIN -- it's …\n END $drop$")).not.toBeNull()
  })

  const encodings = [
    'LATIN1',
    'LATIN2',
    'LATIN5',
    'LATIN9',
    'ISO_8859_5',
    'KOI8R',
    'KOI8U',
    'WIN866',
    'WIN1252',
    'EUC_JP',
  ].map((encoding, position) => ({
    encoding,
    // In the default lane the encodings take turns: EUC_JP alone is of another kind than the rest.
    strategies: (['convert', 'cascade', 'refuse'] as const).filter(
      (_, index) => isSlowLane || index === position % 3,
    ),
  }))

  it.each(encodings)(
    'a database with the encoding $encoding accepts the SQL: install, survey, removal ($strategies)',
    async ({ encoding, strategies }) => {
      const installed = await ownedDatabaseIn(encoding)
      await install(installed)
      for (const strategy of strategies) {
        const database = await createDatabase({
          owner: installed.user,
          suffix: `TEMPLATE "${installed.database}"`,
        })
        const settings = { ...installed, database }
        if (strategy !== 'refuse')
          await sql(
            settings.database,
            `SET ROLE "${settings.user}"; CREATE TABLE t (e mathesar_types.email); CREATE VIEW v AS SELECT e FROM t`,
          )
        const options = { lockTimeoutMs: 5000, strategy }
        const survey = await withSession(settings, (session) => surveyRemoval(session))
        expect(survey.dependents.length).toBe(strategy === 'refuse' ? 0 : 2)
        await withSession(settings, (session) => removeSchema(session, options))
        expect((await withSession(settings, readSchemaState)).schemas).toEqual([])
      }
    },
  )
})
