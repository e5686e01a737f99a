import { describe, expect, it } from 'vitest'
import { legacyRecords } from '../../../src/store/django-legacy/records.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  LEGACY_STEPS,
  type LegacyStep,
} from '../../support/mathesar-database.ts'
import { connection, sharedKeyring } from '../django-modern/place.ts'
import { openDjangoSession } from '../django-modern/session.ts'

async function openLegacy(internal: InternalDatabase, options: { key?: string; isFresh?: boolean } = {}) {
  const session = await openDjangoSession(internal, options)
  return legacyRecords(session, sharedKeyring(options.key ?? internal.secretKey), (write) => write())
}

async function legacyPlace(step: LegacyStep = 'legacy-identity') {
  const internal = await createInternalDatabase({ step })
  return { internal, records: await openLegacy(internal) }
}

/** Reflects a database as Mathesar does: a schema with two tables, one of them imported into the other. */
async function reflect({ query }: InternalDatabase, database: number): Promise<void> {
  await query(`
    INSERT INTO mathesar_schema (created_at, updated_at, oid, database_id)
      VALUES (now(), now(), ${2200 + database}, ${database});
    INSERT INTO mathesar_table (created_at, updated_at, oid, import_verified, is_temp, schema_id, import_target_id)
      SELECT now(), now(), 16384, true, false, max(id), NULL FROM mathesar_schema;
    INSERT INTO mathesar_table (created_at, updated_at, oid, import_verified, is_temp, schema_id, import_target_id)
      SELECT now(), now(), 16385, true, false, schema_id, id FROM mathesar_table ORDER BY id DESC LIMIT 1;
    INSERT INTO mathesar_column (created_at, updated_at, attnum, display_options, table_id)
      SELECT now(), now(), 1, NULL, max(id) FROM mathesar_table;
    INSERT INTO mathesar_previewcolumnsettings (created_at, updated_at, customized, template)
      VALUES (now(), now(), false, '{1}');
    INSERT INTO mathesar_tablesettings (created_at, updated_at, column_order, preview_settings_id, table_id)
      SELECT now(), now(), NULL, (SELECT max(id) FROM mathesar_previewcolumnsettings), max(id) FROM mathesar_table;
    INSERT INTO mathesar_uiquery
        (created_at, updated_at, name, description, initial_columns, transformations, display_options,
         display_names, base_table_id)
      SELECT now(), now(), 'q', NULL, '[]', NULL, NULL, NULL, max(id) FROM mathesar_table;
    INSERT INTO mathesar_sharedquery (created_at, updated_at, slug, enabled, query_id)
      SELECT now(), now(), gen_random_uuid(), true, max(id) FROM mathesar_uiquery;
    INSERT INTO mathesar_databaserole (created_at, updated_at, role, database_id, user_id)
      VALUES (now(), now(), 'editor', ${database}, 1);
    INSERT INTO mathesar_schemarole (created_at, updated_at, role, schema_id, user_id)
      SELECT now(), now(), 'viewer', max(id), 1 FROM mathesar_schema`)
}

describe('the rows of a legacy Mathesar on PostgreSQL', () => {
  it.each(LEGACY_STEPS)('are stored, changed and deleted in the layout %s', async (step) => {
    const { internal, records } = await legacyPlace(step)
    const stored = await records.insert('Library', connection({ password: 'p' }))
    expect(stored).toEqual({
      id: 1,
      name: 'Library',
      host: 'db.example.com',
      port: 5432,
      database: 'library',
      user: 'alice',
      sslmode: 'prefer',
      sslrootcert: null,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
      updatedAt: stored.createdAt,
    })
    const [row] = (await internal.snapshot()).mathesar_database ?? []
    expect(row).toMatchObject({ name: 'Library', deleted: false, db_name: 'library', port: 5432 })
    expect(await internal.decrypt(String(row?.username))).toMatchObject({ plaintext: 'alice' })
    const other = await openLegacy(internal)
    expect(await other.list()).toEqual([stored])
    expect((await other.settings('Library'))?.settings).toEqual(connection({ password: 'p' }))
    expect(await other.match('Library', connection())).toEqual({ record: stored, isSame: true })

    const changed = await records.update('Library', { host: '::1', password: 'new' }, 'Books')
    expect(changed).toMatchObject({ id: 1, name: 'Books', host: '::1', createdAt: stored.createdAt })
    expect(changed.updatedAt > stored.updatedAt).toBe(true)
    const [after] = (await internal.snapshot()).mathesar_database ?? []
    expect(after?.username).toBe(row?.username)
    const fresh = await openLegacy(internal)
    expect((await fresh.settings('Books'))?.settings).toEqual(connection({ host: '::1', password: 'new' }))
    expect(await fresh.delete(1, connection())).toBe('changed')
    expect(await fresh.delete(1, connection({ host: '::1' }))).toBe('deleted')
    expect(await fresh.delete(1)).toBe('missing')
    expect(await fresh.names()).toEqual([])
  })

  it('a deletion takes all that Mathesar keeps about the database, and counts it before', async () => {
    const { internal, records } = await legacyPlace()
    await records.insert('keep', connection())
    await reflect(internal, 1)
    const before = await internal.snapshot()
    await records.insert('Library', connection())
    await reflect(internal, 2)
    expect(await records.belongings('Library')).toEqual({
      explorations: 1,
      shares: 1,
      access: 2,
      tableSettings: 1,
    })
    const reflected = await internal.snapshot()
    for (const agreed of [{}, { explorations: 1, shares: 1, access: 1, tableSettings: 1 }]) {
      expect(await records.delete(2, undefined, agreed)).toBe('grown')
      expect(await records.delete(2, connection(), agreed)).toBe('grown')
    }
    expect(await internal.snapshot()).toEqual(reflected)
    expect(await records.delete(2, undefined, await records.belongings('Library'))).toBe('deleted')
    expect(await internal.snapshot()).toEqual(before)
    await expect(records.belongings('Library')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('a name that is taken meanwhile is refused, and so is a change of a row that somebody changed', async () => {
    const { internal, records } = await legacyPlace()
    expect(await records.names()).toEqual([])
    const other = await openLegacy(internal)
    await other.insert('Library', connection())
    await expect(records.insert('Library', connection())).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    await other.insert('b', connection())
    await expect(other.update('b', {}, 'Library')).rejects.toMatchObject({ code: 'NAME_TAKEN' })
    const expected = connection()
    const third = await openLegacy(internal)
    expect(await third.names()).toEqual(['Library', 'b'])
    await other.update('b', { host: 'moved' }, 'b')
    await expect(third.update('b', { password: 'x' }, 'b', { expected })).rejects.toMatchObject({
      code: 'LOCKED',
    })
    await third.update('b', { password: 'x' }, 'b')
    expect((await third.settings('b'))?.settings).toMatchObject({ host: 'moved', password: 'x' })
  })

  it('a key that does not fit is refused where it is needed', async () => {
    const { internal, records } = await legacyPlace()
    await records.insert('Library', connection())
    const wrong = await openLegacy(internal, { key: 'wrong' })
    expect(await wrong.names()).toEqual(['Library'])
    await expect(wrong.list()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    await expect(wrong.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
    expect(await wrong.delete(1)).toBe('deleted')
    await wrong.verifyKey()
  })

  it('rows that 0.1.4 could not complete are shown as they are', async () => {
    const { internal, records } = await legacyPlace()
    const [user, password] = [await internal.encrypt('mathesar'), await internal.encrypt('mathesar')]
    await internal.query(
      `INSERT INTO mathesar_database
        (created_at, updated_at, name, deleted, db_name, host, port, username, password)
        VALUES (now(), now(), 'old', false, '', '', 0, $1, $2)`,
      [user, password],
    )
    expect(await records.list()).toEqual([
      expect.objectContaining({ name: 'old', host: '', port: 0, database: '', user: 'mathesar' }),
    ])
  })
})
