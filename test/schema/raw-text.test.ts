/** Databases with the encoding SQL_ASCII, whose names and definitions may hold bytes that are no UTF-8. */
import { describe, expect, it } from 'vitest'
import { bytesOfText, carriedStatement, textOfBytes } from '../../src/postgres/raw-text.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { planLocks } from '../../src/schema/removal/locks.ts'
import { rehearseRemoval, removeSchema } from '../../src/schema/removal/remove.ts'
import { surveyRemoval } from '../../src/schema/removal/survey.ts'
import { sql, superuserSettings } from '../support/database.ts'
import { ownedDatabaseIn } from './encodings.ts'
import { as, install, withSession } from './support.ts'

/** In a script `%E9` is that byte. */
const raw = (text: string) =>
  textOfBytes(
    Buffer.from(
      text.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
      'latin1',
    ),
  )

const SCRIPT = `CREATE TABLE "caf%E9" (id integer, "adresse%E9" mathesar_types.email DEFAULT 'd%E9@d' CONSTRAINT "k%E9" CHECK ("adresse%E9" <> '%E9'));
INSERT INTO "caf%E9" VALUES (1, 'a@b'), (2, 'c@d');
CREATE TABLE "caf%E8" (e mathesar_types.multicurrency_money, u mathesar_types.uri, text text DEFAULT '%E8');
INSERT INTO "caf%E8" VALUES (ROW(1, 'EUR'), 'a:', '%FF%FE');
CREATE VIEW "vue%E9" AS SELECT id, "adresse%E9" AS "a%E9", 'constante%E9'::text AS c FROM "caf%E9" WHERE "adresse%E9" <> 'x%E9';
COMMENT ON VIEW "vue%E9" IS 'une vue%E9'; COMMENT ON COLUMN "caf%E8".u IS '%C3%A9t%E9';
CREATE VIEW "caf%C3%A9" AS SELECT * FROM "vue%E9";
CREATE INDEX "i%E9" ON "caf%E9" (lower("adresse%E9" || '%E9'));
CREATE POLICY "p%E9" ON "caf%E9" USING ("adresse%E9" <> '%E9');
CREATE DOMAIN "d%E9" AS mathesar_types.uri CHECK (VALUE <> '%E9');
CREATE FUNCTION "mentionn%E9"() RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN msar.f(); END';`

async function database(script: string): Promise<ConnectionSettings> {
  const settings = await ownedDatabaseIn('SQL_ASCII')
  await install(settings)
  if (script !== '') await as(settings, carriedStatement(raw(script)))
  return settings
}

/** All names and definitions, with the bytes that are no ASCII as escapes. */
const DESCRIPTION = `SELECT encode(d::bytea, 'escape') AS text FROM (
    SELECT c.relname || ' ' || c.relkind::text || ' ' || coalesce(pg_get_viewdef(c.oid), '') || ' ' || coalesce(obj_description(c.oid), '')
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
    UNION ALL SELECT c.relname || '.' || a.attname || ' ' || coalesce(pg_get_expr(f.adbin, f.adrelid), '') || ' ' || format_type(a.atttypid, NULL)
      || ' ' || coalesce(col_description(c.oid, a.attnum), '')
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 LEFT JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
    UNION ALL SELECT pg_get_indexdef(x.indexrelid) FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid AND c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT k.conname || ' ' || pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.connamespace = 'public'::regnamespace
    UNION ALL SELECT p.polname || ' ' || pg_get_expr(p.polqual, p.polrelid) FROM pg_policy p) x(d) ORDER BY 1`

/** The rows of a table, with the bytes that are no ASCII as escapes. */
async function rowsOf({ database: name }: ConnectionSettings, table: string) {
  const query = bytesOfText(raw(`SELECT t::text FROM "${table}" t ORDER BY 1`)).toString('hex')
  return sql(
    name,
    `SELECT encode(query_to_xml(convert_from(decode('${query}', 'hex'), 'SQL_ASCII'), true, true, '')::text::bytea, 'escape') AS rows`,
  )
}

describe('a database that accepts any bytes', () => {
  it('loses the schemas where nothing depends on them', async () => {
    const settings = await database(
      `CREATE TABLE "caf%E9" (e text); CREATE FUNCTION "mentionn%E9"() RETURNS text LANGUAGE sql AS 'SELECT ''msar''::text';`,
    )
    const survey = await withSession(settings, (session) => surveyRemoval(session))
    expect(survey.mentions.map(({ relation }) => relation)).toEqual([raw('"mentionn%E9"()')])
    await withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5000 }))
    expect((await withSession(settings, readSchemaState)).schemas).toEqual([])
  })

  it.each([false, true])(
    'keeps every name and definition in a conversion (by a superuser: %s)',
    async (superuser) => {
      const settings = await database(SCRIPT)
      const plain = await ownedDatabaseIn('SQL_ASCII')
      await as(
        plain,
        carriedStatement(
          raw(
            SCRIPT.replace("ROW(1, 'EUR')", `'{"value": 1, "currency": "EUR"}'`)
              .replace(/mathesar_types[.](email|uri)/g, 'text')
              .replace(/mathesar_types[.]multicurrency_money/, 'jsonb'),
          ),
        ),
      )
      const who = superuser ? superuserSettings(settings.database) : settings
      const survey = await withSession(who, (session) => surveyRemoval(session))
      expect(survey.converted.map(({ relation, column }) => `${relation}.${column}`).sort()).toEqual(
        [raw('caf%E9.adresse%E9'), raw('caf%E8.e'), raw('caf%E8.u')].sort(),
      )
      await withSession(who, (session) =>
        removeSchema(session, { lockTimeoutMs: 5000, strategy: 'convert', shown: survey.dependents }),
      )
      expect(await as(settings, DESCRIPTION)).toEqual(await as(plain, DESCRIPTION))
      for (const table of ['caf%E9', 'caf%E8', 'vue%E9'])
        expect(await rowsOf(settings, table)).toEqual(await rowsOf(plain, table))
    },
  )

  it('names the locks of a rehearsal with their own bytes', async () => {
    const settings = await database(SCRIPT)
    const announced = await withSession(settings, (session) => planLocks(session, { strategy: 'convert' }))
    expect(announced.locks.map(({ relation }) => relation)).toContain(raw('public."caf%E9"'))
    const { shown, rehearsal } = await withSession(settings, async (session) => {
      const { dependents } = await surveyRemoval(session)
      const options = { lockTimeoutMs: 5000, strategy: 'convert', shown: dependents } as const
      return { shown: dependents, ...(await rehearseRemoval(session, options)) }
    })
    expect(shown).not.toEqual([])
    expect(rehearsal.locks).toContainEqual({ relation: raw('public."caf%E9"'), mode: 'ACCESS EXCLUSIVE' })
  })

  it('cascade drops objects from a database that accepts any bytes', async () => {
    const settings = await database(SCRIPT)
    const survey = await withSession(settings, (session) => surveyRemoval(session))
    const { dropped } = await withSession(settings, (session) =>
      removeSchema(session, { lockTimeoutMs: 5000, strategy: 'cascade', shown: survey.dependents }),
    )
    expect(dropped).toContain(raw('column public."caf%E9"."adresse%E9"'))
    expect((await withSession(settings, readSchemaState)).schemas).toEqual([])
  })

  it('says by a name of its own what is in the way, and what was changed', async () => {
    const settings = await database(`${SCRIPT} CREATE TABLE msar."moi%E9" (a integer);`)
    const status = await withSession(settings, schemaStatus)
    expect(status.drift).toHaveLength(1)
    await expect(
      withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5000 })),
    ).rejects.toMatchObject({
      code: 'DEPENDENTS_EXIST',
    })
  })
})

it('distinguishes bytes that are not UTF-8 from all others, and restores them', () => {
  for (const hex of [
    'e9',
    '636166c3a9',
    'c3',
    'eda080',
    'f09f9880e9',
    'c080',
    'f4908080',
    'ff00fe',
    'e282ace282',
  ])
    expect(bytesOfText(textOfBytes(Buffer.from(hex, 'hex'))).toString('hex')).toBe(hex)
  expect(textOfBytes(Buffer.from('f09f9880c3a9'))).toBe('f09f9880c3a9')
  expect(textOfBytes(Buffer.from('f09f9880c3a9', 'hex'))).toBe('😀é')
})
