import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { chooseAction } from '../../../src/databases/choose-action.ts'
import { installSchemaInto } from '../../../src/databases/schema.ts'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import { findDependents } from '../../../src/schema/dependents/dependents.ts'
import { manifestHolder, manifestQueryAt } from '../../../src/schema/inspect/manifest.ts'
import { parseRecord } from '../../../src/schema/inspect/record.ts'
import { readSchemaState } from '../../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../../src/schema/inspect/status.ts'
import { installSchema } from '../../../src/schema/install/install.ts'
import { installScript } from '../../../src/schema/install/print.ts'
import { removeSchema } from '../../../src/schema/removal/remove.ts'
import { SCHEMA_SOURCES } from '../../../src/schema/sources/index.ts'
import { cutSql, joinSql, totalObjects } from '../../../src/schema/sources/pieces.ts'
import { MATHESAR_SCHEMAS, TYPES_SCHEMA } from '../../../src/schema/sources/schemas.ts'
import type { SchemaSource } from '../../../src/schema/sources/types.ts'
import type { InstallOptions, SchemaRecord } from '../../../src/schema/types.ts'
import { createRole, ownedDatabase, sharedCluster, sql } from '../../support/database.ts'
import { copyInstalledDatabase } from '../../support/installed-template.ts'
import { as, installOptions, schemaOwners, withSession } from '../support.ts'

/** Installs a source the way every caller does: reads the state, then installs upon it. */
function install(
  settings: ConnectionSettings,
  source: SchemaSource,
  options: Partial<InstallOptions> = {},
): Promise<SchemaRecord> {
  return withSession(settings, async (session) =>
    installSchema(session, source, await readSchemaState(session), installOptions(options)),
  )
}

function installed(source: SchemaSource): Promise<ConnectionSettings> {
  return copyInstalledDatabase(sharedCluster(), source)
}

const stateOf = (settings: ConnectionSettings) => withSession(settings, readSchemaState)
const statusOf = (settings: ConnectionSettings) => withSession(settings, schemaStatus)

/** Returns a version of the source before this one: it has a routine that this one has no more. */
function earlierVersion(source: SchemaSource): SchemaSource {
  const script = `CREATE FUNCTION msar.of_earlier() RETURNS integer LANGUAGE sql AS 'SELECT 1';`
  return {
    ...source,
    version: '0.0.0',
    checksum: 'e'.repeat(64),
    parts: [...source.parts, { name: 'earlier', ...cutSql(script) }],
  }
}

/** Returns the sources whose records the schemas bear. */
async function recordedSources(settings: ConnectionSettings): Promise<Record<string, string>> {
  const rows = await as<{ name: string; comment: string | null }>(
    settings,
    `SELECT n.nspname AS name, obj_description(n.oid, 'pg_namespace') AS comment FROM pg_namespace n
     WHERE n.nspname IN ('msar', '__msar', 'mathesar_types')`,
  )
  return Object.fromEntries(
    rows.flatMap(({ name, comment }) => {
      const record = parseRecord(comment)
      return record === null ? [] : [[name, record.source]]
    }),
  )
}

/**
 * What every source of SQL must keep to. `make` returns the source, `makeOther` another one; `SCHEMA_SOURCES`
 * must list both.
 */
export function describeSource(createSource: () => SchemaSource, makeOther: () => SchemaSource): void {
  const source = createSource()
  const other = makeOther()
  const [type = ''] = source.types
  const column = `CREATE TABLE public.t (v ${TYPES_SCHEMA}.${type}[]); INSERT INTO public.t VALUES ('{NULL}');`

  describe(`the source ${source.name}: its description`, () => {
    it('the description is in the list of sources, under a name of its own', () => {
      expect(SCHEMA_SOURCES.filter(({ name }) => name === source.name)).toHaveLength(1)
    })

    it('names only schemas of Mathesar, and records itself on schemas that it creates', () => {
      expect(MATHESAR_SCHEMAS).toEqual(expect.arrayContaining([...source.schemas]))
      expect(source.record.schemas.length).toBeGreaterThan(0)
      expect(source.schemas).toEqual(expect.arrayContaining([...source.record.schemas]))
      expect(source.tables).toEqual(expect.arrayContaining([...source.keptTables]))
    })

    it('the source is the same each time, with the checksum of its SQL', () => {
      expect(createSource()).toEqual(source)
      const sql = source.parts.map(joinSql).join('')
      expect(source.checksum).toBe(createHash('sha256').update(sql).digest('hex'))
    })

    it('the SQL of the source is ASCII, so that a database of any encoding reads it', () => {
      for (const part of source.parts) expect(joinSql(part)).toMatch(/^[\n\x20-\x7e]*$/)
    })
  })

  describe(`the source ${source.name}: an install`, () => {
    it('creates its schemas, types and tables, and writes its record to the place that the description names', async () => {
      const settings = await ownedDatabase()
      const record = await install(settings, source)
      expect(record).toMatchObject({ source: source.name, version: source.version })
      expect(record.objects).toBe(totalObjects(source.parts))
      expect(Object.keys(await schemaOwners(settings.database)).sort()).toEqual([...source.schemas].sort())
      const names = [...source.types.map((name) => `${TYPES_SCHEMA}.${name}`), ...source.tables]
      for (const name of names)
        expect(await as(settings, `SELECT to_regtype('${name}') IS NOT NULL AS exists`)).toEqual([
          { exists: true },
        ])
      expect(await recordedSources(settings)).toEqual(
        Object.fromEntries(source.record.schemas.map((name) => [name, source.name])),
      )
      const [row] = await as<{ manifest: string }>(settings, manifestQueryAt(source.record.manifest))
      expect(Object.keys(JSON.parse(row?.manifest ?? ''))).toHaveLength(record.objects)
    })

    it('an install is recognized as complete and unchanged', async () => {
      const settings = await installed(source)
      expect(await stateOf(settings)).toMatchObject({
        kind: 'ours',
        isComplete: true,
        record: { source: source.name, checksum: source.checksum },
      })
      expect(await statusOf(settings)).toMatchObject({
        installed: true,
        source: source.name,
        version: source.version,
        objects: totalObjects(source.parts),
        drift: [],
      })
      expect(await withSession(settings, findDependents)).toEqual([])
    })

    it('an install can be repeated', async () => {
      const settings = await installed(source)
      await install(settings, source)
      expect(await statusOf(settings)).toMatchObject({ objects: totalObjects(source.parts), drift: [] })
    })

    it('needs no CREATE on the database where its schemas exist', async () => {
      const settings = { ...(await ownedDatabase()), ...(await createRole()) }
      const schemas = source.schemas.map((name) => `CREATE SCHEMA ${name} AUTHORIZATION ${settings.user};`)
      await sql(settings.database, schemas.join(' '))
      await install(settings, source)
      expect(await statusOf(settings)).toMatchObject({ installed: true, drift: [] })
    })

    it('an install is reported with what a user added since', async () => {
      const settings = await installed(source)
      await as(settings, `CREATE FUNCTION msar.added() RETURNS integer LANGUAGE sql AS 'SELECT 1'`)
      expect((await statusOf(settings)).drift).toEqual([{ object: 'function msar.added()', change: 'added' }])
    })

    it('an install is reported as changed where its manifest was lost', async () => {
      const settings = await installed(source)
      const { manifest } = source.record
      await as(
        settings,
        manifest.kind === 'table'
          ? `COMMENT ON TABLE ${manifest.table} IS 'x'`
          : `DO $$ BEGIN EXECUTE (SELECT format('COMMENT ON CONSTRAINT %I ON DOMAIN ${manifest.domain} IS ''x''', conname)
               FROM pg_constraint WHERE contypid = '${manifest.domain}'::regtype AND contype = 'c'); END $$`,
      )
      const { state, drift } = await statusOf(settings)
      // Without a proof by the text of its SQL nobody can tell whose the schemas are.
      if (source.proof === null) expect(state).not.toBe('ours')
      else expect(drift).toEqual([{ object: manifestHolder(manifest), change: 'changed' }])
    })
  })

  describe(`the source ${source.name}: an upgrade`, () => {
    it('follows an earlier version, keeps columns of its types, and drops routines that it no longer has', async () => {
      const settings = await installed(earlierVersion(source))
      await as(settings, column)
      const before = await as(
        settings,
        `SELECT '${TYPES_SCHEMA}.${type}'::regtype::oid AS type, v FROM public.t`,
      )
      expect(chooseAction(await stateOf(settings), null, source, 'd')).toBe('upgrade')
      await install(settings, source)
      expect(
        await as(settings, `SELECT '${TYPES_SCHEMA}.${type}'::regtype::oid AS type, v FROM public.t`),
      ).toEqual(before)
      expect(await as(settings, `SELECT to_regprocedure('msar.of_earlier()') AS routine`)).toEqual([
        { routine: null },
      ])
      expect(await statusOf(settings)).toMatchObject({ version: source.version, drift: [] })
    })

    it('keeps the rows of the tables that it keeps', async () => {
      const settings = await installed(earlierVersion(source))
      for (const table of source.keptTables)
        await as(settings, `INSERT INTO ${table} VALUES ('added by a user')`)
      await install(settings, source)
      for (const table of source.keptTables)
        expect(
          await as(settings, `SELECT FROM ${table} t WHERE t::text LIKE '%added by a user%'`),
        ).toHaveLength(1)
    })

    it('leaves or refuses a user object inside the schemas, as its description states', async () => {
      const settings = await installed(earlierVersion(source))
      await as(settings, 'CREATE TABLE msar.notes AS SELECT 1 AS n')
      if (source.upgrade === 'in place') await install(settings, source)
      else await expect(install(settings, source)).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
      expect(await as(settings, 'SELECT n FROM msar.notes')).toEqual([{ n: 1 }])
    })

    it('leaves the same version and a later one as they are', async () => {
      const state = await stateOf(await installed(source))
      expect(chooseAction(state, null, source, 'd')).toBe('keep')
      expect(chooseAction(state, null, { ...source, ...earlierVersion(source) }, 'd')).toBe('keep')
    })
  })

  describe(`the source ${source.name}: schemas of another source`, () => {
    it('schemas of another source are neither kept nor completed unless the operator chooses it', async () => {
      const settings = await installed(other)
      for (const choice of [null, 'refuse'] as const)
        await expect(installSchemaInto(settings, { source, existingSchema: choice })).rejects.toMatchObject({
          code: 'SCHEMA_CONFLICT',
          message: expect.stringContaining(`"${other.name}"`),
          hint: expect.stringContaining('--existing-schema adopt'),
        })
    })

    it('schemas of another source stay as they are if the operator adopts them', async () => {
      const settings = await installed(other)
      expect(await installSchemaInto(settings, { source, existingSchema: 'adopt' })).toMatchObject({
        status: 'unchanged',
        action: 'adopt',
        schema: { source: other.name, version: other.version },
      })
      expect(await statusOf(settings)).toMatchObject({ source: other.name, drift: [] })
    })

    it('a caller that did not choose to replace schemas of another source does not install over them', async () => {
      const settings = await installed(other)
      await expect(install(settings, source)).rejects.toMatchObject({ code: 'SCHEMA_CONFLICT' })
      expect(await statusOf(settings)).toMatchObject({ source: other.name, drift: [] })
    })

    it('schemas of another source are replaced if the operator chooses it, and no record of the other source stays', async () => {
      const settings = await installed(other)
      expect(await installSchemaInto(settings, { source, existingSchema: 'replace' })).toMatchObject({
        status: 'installed',
        action: 'switch',
      })
      expect(await recordedSources(settings)).toEqual(
        Object.fromEntries(source.record.schemas.map((name) => [name, source.name])),
      )
      expect(await stateOf(settings)).toMatchObject({ kind: 'ours', isComplete: true })
      expect(await statusOf(settings)).toMatchObject({
        source: source.name,
        objects: totalObjects(source.parts) + other.keptTables.filter(isKeptByBoth).length,
        drift: [],
      })
    })

    it('schemas of another source are not replaced where a column has a type that this source does not keep', async () => {
      const settings = await installed(other)
      const [foreign = ''] = other.types.filter((name) => !source.types.includes(name))
      await as(settings, `CREATE TABLE public.t (v ${TYPES_SCHEMA}.${foreign})`)
      await expect(installSchemaInto(settings, { source, existingSchema: 'replace' })).rejects.toMatchObject({
        code: 'DEPENDENTS_EXIST',
      })
      expect(await statusOf(settings)).toMatchObject({ source: other.name, drift: [] })
    })

    const isKeptByBoth = (name: string) => source.keptTables.some((kept) => kept === name)
  })

  describe(`the source ${source.name}: the printed script`, () => {
    it('the printed script has the same bytes each time', () => {
      expect(installScript(createSource())).toBe(installScript(source))
    })

    it.each([{ replace: false }, { replace: true }])(
      'installs what an install does, and may be repeated: %j',
      async (how) => {
        const settings = await ownedDatabase()
        await as(settings, installScript(source, how))
        await as(settings, column)
        await as(settings, installScript(source, how))
        expect(await stateOf(settings)).toMatchObject({
          kind: 'ours',
          isComplete: true,
          record: { source: source.name, checksum: source.checksum },
        })
        expect(await statusOf(settings)).toMatchObject({ objects: totalObjects(source.parts), drift: [] })
      },
    )

    it('refuses schemas of another source, or replaces them', async () => {
      const settings = await installed(other)
      await expect(as(settings, installScript(source))).rejects.toMatchObject({ code: '42P06' })
      await as(settings, installScript(source, { replace: true }))
      expect(await statusOf(settings)).toMatchObject({ source: source.name, drift: [] })
    })

    it('refuses to replace what a user put inside the schemas', async () => {
      const settings = await installed(other)
      await as(settings, 'CREATE TABLE msar.notes ()')
      await expect(as(settings, installScript(source, { replace: true }))).rejects.toMatchObject({
        code: '2BP01',
      })
    })
  })

  describe(`the source ${source.name}: a removal`, () => {
    it('leaves nothing', async () => {
      const settings = await installed(source)
      const removal = await withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5000 }))
      expect(removal.dropped.sort()).toEqual(source.schemas.map((name) => `schema ${name}`).sort())
      expect(await schemaOwners(settings.database)).toEqual({})
      expect(await stateOf(settings)).toMatchObject({ kind: 'absent' })
    })

    it('refuses while a column has one of its types, and converts the column if the operator chooses it', async () => {
      const settings = await installed(source)
      await as(settings, column)
      const remove = (strategy: 'refuse' | 'convert') =>
        withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5000, strategy }))
      await expect(remove('refuse')).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
      expect((await remove('convert')).converted).toMatchObject([{ relation: 't', column: 'v' }])
      expect(await as(settings, 'SELECT v FROM public.t')).toHaveLength(1)
    })

    it('a removal can leave the types, and an install completes them afterwards', async () => {
      const settings = await installed(source)
      await as(settings, column)
      await withSession(settings, (session) =>
        removeSchema(session, { lockTimeoutMs: 5000, keepTypes: true }),
      )
      expect(Object.keys(await schemaOwners(settings.database))).toEqual([TYPES_SCHEMA])
      expect(await statusOf(settings)).toMatchObject({ installed: false, typesOnly: true })
      expect(await installSchemaInto(settings, { source })).toMatchObject({ action: 'complete' })
      expect(await stateOf(settings)).toMatchObject({ kind: 'ours', isComplete: true })
      expect(await as(settings, 'SELECT v FROM public.t')).toHaveLength(1)
    })
  })
}
