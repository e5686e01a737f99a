import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { schemaDoc, sqlFiles } from '../../scripts/lib/schema-doc.ts'
import { parseManifest } from '../../src/schema/inspect/manifest.ts'
import { parseRecord, recordParts } from '../../src/schema/inspect/record.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installScript } from '../../src/schema/install/print.ts'
import { partsScript } from '../../src/schema/install/script.ts'
import { decodeProgress, encodeProgress, type SchemaProgress } from '../../src/schema/session/progress.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { cutSql, joinSql, totalObjects } from '../../src/schema/sources/pieces.ts'
import { countObjects, splitStatements } from '../../src/schema/sources/statements.ts'
import { createRole, ownedDatabase } from '../support/database.ts'
import { repository } from '../support/program.ts'
import { as, schemaOwners, withSession } from './support.ts'

const source = bundledSource()
const objects = totalObjects(source.parts)

describe('splitting a script into statements', () => {
  const texts = (script: string) => splitStatements(script).map(({ text }) => text.trim())

  it.each([
    ['SELECT 1; SELECT 2', ['SELECT 1;', 'SELECT 2']],
    [`SELECT ';'; SELECT "a;""b"`, [`SELECT ';';`, `SELECT "a;""b"`]],
    [
      `SELECT 'it''s;', E'\\';', $$;$$, $a$ $$;$b$; $a$; SELECT 2;`,
      [`SELECT 'it''s;', E'\\';', $$;$$, $a$ $$;$b$; $a$;`, 'SELECT 2;'],
    ],
    [
      '-- one;\nSELECT 1; /* a /* b; */ ; */ SELECT 2;',
      ['-- one;\nSELECT 1;', '/* a /* b; */ ; */ SELECT 2;'],
    ],
    ['SELECT a$1; SELECT $1; SELECT b$c$d;', ['SELECT a$1;', 'SELECT $1;', 'SELECT b$c$d;']],
    ['; ;\n-- nothing\n', []],
    [
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END; SELECT 3;',
      [
        'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END;',
        'SELECT 3;',
      ],
    ],
    ['BEGIN; SELECT 1; END;', ['BEGIN;', 'SELECT 1;', 'END;']],
  ])('splits %j into statements', (script, expected) => {
    expect(texts(script)).toEqual(expected)
  })

  it('loses nothing of the bundled SQL', () => {
    for (const topic of source.parts) {
      const sql = joinSql(topic)
      expect(
        splitStatements(sql)
          .map(({ text }) => text)
          .join('')
          .trim(),
      ).toBe(sql.trim())
    }
  })
})

describe('counting objects', () => {
  it.each([
    [
      'CREATE FUNCTION f() …; create or replace function g() …; CREATE AGGREGATE a(…); CREATE TYPE t AS ();',
      4,
    ],
    ['CREATE SCHEMA s; COMMENT ON TABLE t IS $$CREATE TABLE$$; -- CREATE TABLE x;\nSELECT 1', 0],
    ["DO $$ BEGIN IF x THEN CREATE DOMAIN d AS text; END IF; RAISE 'CREATE TYPE'; /* no */ END $$;", 1],
    ['CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE t (); END $$;', 1],
    ['CREATE UNLOGGED TABLE t (); CREATE MATERIALIZED VIEW m AS SELECT 1; CREATE VIEW v AS SELECT 1', 3],
  ])('counts the objects of %j', (script, expected) => {
    expect(countObjects(script)).toBe(expected)
  })
})

describe('the bundled source', () => {
  it('names its SQL', () => {
    const sql = source.parts.map(joinSql).join('')
    expect(source).toMatchObject({
      name: 'bundled',
      checksum: createHash('sha256').update(sql).digest('hex'),
    })
    expect(bundledSource()).toEqual(source)
  })

  it('needs less than 120 kB when packed', () => {
    const size = gzipSync(source.parts.map(joinSql).join(''), { level: 9 }).length
    expect(size).toBeLessThan(120_000)
    // Far less would mean that something is missing.
    expect(size).toBeGreaterThan(20_000)
  })

  it('the bundled source is listed in docs/schema.md as it is', () => {
    expect(readFileSync(join(repository, 'docs/schema.md'), 'utf8')).toBe(schemaDoc(sqlFiles()))
  })

  it('the bundled source is plain ASCII, so that no encoding can change it', () => {
    for (const topic of source.parts) expect(joinSql(topic)).toMatch(/^[\n\x20-\x7e]*$/)
  })
})

describe('progress', () => {
  it('progress is reported at least every 25 objects, and at the end of each part', () => {
    const sql = 'CREATE TYPE t AS ();\n'.repeat(60)
    const script = partsScript({
      ...source,
      parts: [
        { name: 'a b', ...cutSql(sql) },
        { name: 'c', ...cutSql('CREATE TYPE u AS ();') },
      ],
    })
    const notices = [...script.matchAll(/'(mathesarctl progress [^']*)'/g)].map(([, text]) => text)
    expect(notices).toEqual(
      [25, 50, 60]
        .map((done) => `mathesarctl progress install ${done} 61 a%20b`)
        .concat('mathesarctl progress install 61 61 c'),
    )
  })

  const notice = (message: string, severity = 'INFO') => ({ severity, message, sqlstate: '00000' })

  it.each<SchemaProgress>([
    { phase: 'install', part: 'ä %', done: 3, total: 7 },
    { phase: 'drop', done: 0, total: 7 },
    { phase: 'convert', done: 1, total: 7 },
    { phase: 'verify', done: 2, total: 7 },
    { phase: 'analyze', done: 7, total: 7 },
  ])('progress is read from the text of a notice as it was written: $phase', (progress) => {
    const message = encodeProgress(progress)
    expect(message).toMatch(/^[\x20-\x7e]+$/)
    expect(decodeProgress(notice(message))).toEqual(progress)
    expect(decodeProgress(notice(message, 'NOTICE'))).toBeNull()
  })

  it.each([
    'mathesarctl progress',
    'mathesarctl progress install 3 7',
    'mathesarctl progress drop 3 7 part',
    'mathesarctl progress delete 3 7',
    'mathesarctl progress drop -1 7',
    'the mathesarctl progress drop 3 7',
  ])('progress is not read from a notice of anybody else: %s', (message) => {
    expect(decodeProgress(notice(message))).toBeNull()
  })
})

describe('the record', () => {
  const record = {
    source: 'mathesar 0.11.0 %',
    version: '1.0-β',
    checksum: 'a'.repeat(64),
    objects: 12,
    installId: '00000000-0000-4000-8000-000000000000',
  }
  it('the record is read as it was written, whatever the names', () => {
    const { before, after } = recordParts(record)
    expect(parseRecord(`${before}12${after}`)).toEqual(record)
  })

  it.each([null, '', 'Mathesar schema', 'Mathesar schema, installed by mathesarctl: source=a', 'x'])(
    'reads no record in %j',
    (text) => {
      expect(parseRecord(text)).toBeNull()
    },
  )

  it('reads no record with anything before or after it', () => {
    const { before, after } = recordParts(record)
    expect(parseRecord(` ${before}12${after}`)).toBeNull()
    expect(parseRecord(`${before}12${after}\n`)).toBeNull()
  })

  it.each([null, '', '[]', '1', 'null', '{"a": 1}', 'mine'])('reads no manifest in %j', (text) => {
    expect(parseManifest(text)).toBeNull()
  })
})

describe('the printed script', () => {
  it('the printed script is the same each time', () => {
    expect(installScript(bundledSource())).toBe(installScript(source))
  })

  it('installs what an install does, and may be repeated', async () => {
    const settings = await ownedDatabase()
    await as(settings, installScript(source))
    await as(settings, installScript(source))
    expect(await withSession(settings, readSchemaState)).toMatchObject({
      kind: 'ours',
      record: { source: 'bundled', checksum: source.checksum, objects },
    })
    expect(await withSession(settings, schemaStatus)).toMatchObject({ objects, drift: [] })
  })

  it('refuses where an install would', async () => {
    const settings = await ownedDatabase()
    const other = await createRole()
    await as(settings, 'CREATE SCHEMA msar; CREATE TABLE msar.theirs ()')
    await expect(as(settings, installScript(source))).rejects.toMatchObject({ code: '42P06' })
    await expect(as({ ...settings, ...other }, installScript(source))).rejects.toMatchObject({
      code: '42501',
    })
    expect(await schemaOwners(settings.database)).toEqual({ msar: settings.user })
  })
})
