/** The lexical rules by which scripts are cut and their comments changed, compared with the server. */
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { withAsciiComments } from '../../../src/schema/sources/release/ascii.ts'
import { splitStatements } from '../../../src/schema/sources/statements.ts'
import { tokensOf } from '../../../src/schema/sources/tokens.ts'
import { ownedDatabase } from '../../support/database.ts'

/** Expressions and what may stand between them; each is whole. */
const EXPRESSIONS = [
  `'a' LIKE 'b' ESCAPE'\\'`,
  `'a' LIKE 'b' escape'\\'`,
  `E'\\';é--'`,
  `e'it''s \\\\'`,
  `'it''s; -- é'`,
  `'\\'`,
  `E'a\\''\n  -- é's comment;\n 'b\\';'`,
  `'a'\n'b\\'`,
  `U&'\\0041;''' UESCAPE'\\'`,
  `U&'!0041;''' UESCAPE '!'`,
  `B'1'`,
  `X'1F'`,
  `x'1f'`,
  `N'é;'`,
  `$$;'é -- $$`,
  `$é$;$$e$$; -- é$é$`,
  `$a1$ $A1$ ; $a1$`,
  `1::int4`,
  `'a'"é;"`,
  `"be".a FROM (SELECT 1 AS a) "be"`,
  `a$1$ FROM (SELECT 1 AS a$1$) t`,
  `é$ FROM (SELECT 'x' AS é$) ée`,
  `1 AS "a""b;'"`,
  `1 AS U&"\\00e9;"`,
  `- /* é' ; */ 1`,
  `1 + -- 'é;\r 2`,
  `1 +-- é;\n 2`,
  `2 */* é */ 3`,
  `/* a /* é; */ ' */ 1`,
  `/*/ é; */ 1`,
  `/* é; **/ 1`,
  `1 END`,
  `CASE WHEN true THEN 'é;' END`,
]

/** Whole statements. */
const STATEMENTS = [
  `CREATE FUNCTION pg_temp.f1() RETURNS int BEGIN ATOMIC SELECT 1 end; END`,
  `CREATE FUNCTION pg_temp.f2() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END`,
  `CREATE FUNCTION pg_temp.f3() RETURNS int BEGIN ATOMIC SELECT 1 AS case; SELECT x.end FROM (SELECT 1 "end") x; END`,
  `CREATE FUNCTION pg_temp.f4() RETURNS void BEGIN ATOMIC END`,
  `CREATE DOMAIN pg_temp.atomic AS int; CREATE FUNCTION pg_temp.f5(begin pg_temp.atomic) RETURNS int LANGUAGE sql AS $$ SELECT 1; $$`,
  `DO LANGUAGE plpgsql $$ BEGIN PERFORM 'é;'; /* é */ END $$`,
  `DO $a$ BEGIN PERFORM E'\\'é;'; -- é's\n END $a$ LANGUAGE 'plpgsql'`,
]

async function withServer<T>(run: (query: (script: string) => Promise<unknown[]>) => Promise<T>): Promise<T> {
  const { host, port, database, user, password } = await ownedDatabase()
  const client = new pg.Client({ host, port, database, user, password: password ?? '', ssl: false })
  await client.connect()
  try {
    return await run(async (script) => {
      await client.query('BEGIN')
      try {
        const results: unknown = await client.query({ text: script, rowMode: 'array' })
        return (Array.isArray(results) ? results : [results]).map(({ rows }) => rows)
      } finally {
        await client.query('ROLLBACK')
      }
    })
  } finally {
    await client.end()
  }
}

describe('the lexical rules', () => {
  it('are those of the server, for each element and for random scripts of them', async () => {
    await withServer(async (query) => {
      const [[version]] = (await query('SHOW server_version_num')) as [[[string]]]
      // PostgreSQL 13 has no bodies of the SQL standard, and no reserved words as labels.
      const isOld = Number(version) < 140_000
      const isKnown = (script: string) => !isOld || !/ATOMIC|1 END/.test(script)
      const queries = EXPRESSIONS.filter(isKnown).map((expression) => `SELECT ${expression}`)
      const scripts = [...queries, ...STATEMENTS.filter(isKnown)]
      let seed = 1
      const random = (below: number) => {
        seed = (seed * 48_271) % 2_147_483_647
        return seed % below
      }
      for (let count = 0; count < 300; count++) {
        const chosen = Array.from({ length: 1 + random(4) }, () => queries[random(queries.length)])
        scripts.push(chosen.join(['; ', ';\n-- é;\n', ';/* é; */'][random(3)]))
      }
      for (const script of scripts) {
        const results = await query(script).catch((error: Error) =>
          expect.fail(`${error.message}: ${script}`),
        )
        expect(splitStatements(script).length, script).toBe(results.length)
        for (const inBodies of [false, true])
          expect(await query(withAsciiComments(script, inBodies)), script).toEqual(results)
      }
    })
  })

  it('find no end of an element that the script does not end', () => {
    for (const script of [`'a`, `E'a\\'`, `"a`, '$a$ $$', '/* /* */', `U&'a`]) {
      expect(splitStatements(`SELECT ${script}; `)).toHaveLength(1)
      expect(tokensOf(script)).toEqual([expect.objectContaining({ start: 0, end: script.length })])
    }
  })

  it('take time in proportion to the length of the script', () => {
    const started = performance.now()
    for (const part of [`E'a'`, `''`, '--', '/*', '$a$', `E'a'\n--`, '$', `E'a' + `])
      tokensOf(part.repeat(100_000))
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

describe('comments that are not ASCII', () => {
  it.each([
    [`SELECT 'a' LIKE 'b' ESCAPE'\\'; COMMENT ON FUNCTION msar.probe() IS 'it''s -- café';`, null],
    ["-- note\rSELECT 'é';", null],
    ["-- nöte\rSELECT 'é';", "-- n?te\rSELECT 'é';"],
    [`SELECT 'é' AS "-- é", $$ -- é $$, U&'-- é', E'a' '-- é'`, null],
    ['DO LANGUAGE plpgsql $$ BEGIN -- a → b\n $$', 'DO LANGUAGE plpgsql $$ BEGIN -- a ? b\n $$'],
    ['DO $é$ BEGIN -- é\n END $é$ LANGUAGE plpgsql', 'DO $é$ BEGIN -- ?\n END $é$ LANGUAGE plpgsql'],
    [`DO LANGUAGE $$plpgsql$$ 'BEGIN -- é\n END'`, null],
    ['DO LANGUAGE plpython3u $$ x = "# -- é" $$', null],
    ["DO $$ BEGIN EXECUTE $q$ SELECT '-- é' -- é\n $q$; END $$", null],
  ])('are changed in %j, and nothing else is', (script, expected) => {
    expect(withAsciiComments(script)).toBe(expected ?? script)
  })

  it('are changed in the bodies of routines in SQL and PL/pgSQL alone', () => {
    const routine = (language: string) =>
      `CREATE FUNCTION f() RETURNS text LANGUAGE ${language} AS $$ -- é $$`
    for (const language of ['sql', 'plpgsql', '"plpgsql"', `'SQL'`]) {
      expect(withAsciiComments(routine(language), true)).toBe(routine(language).replace('é', '?'))
      expect(withAsciiComments(routine(language))).toBe(routine(language))
    }
    expect(withAsciiComments(routine('plperl'), true)).toBe(routine('plperl'))
  })
})
