import { describe, expect, it } from 'vitest'
import { simulateApplication } from '../../support/simulated-application.ts'
import { connection, modernPlace, openRecords } from './place.ts'

const ACCESS = { users: ['admin'], sqlVersion: '0.11.0' }

describe('reading', () => {
  it('shows what Mathesar itself stored', async () => {
    const { internal, records } = await modernPlace()
    const application = simulateApplication(internal)
    const password = await internal.encrypt('theirs')
    await application.connect({ host: 'h', port: null, database: 'b', role: 'r', password, nickname: 'B' })
    await application.connect({ host: 'h', port: null, database: 'a', role: 'r', password })
    expect(await records.list()).toEqual([
      expect.objectContaining({ name: 'B', host: 'h', port: 5432, database: 'b', user: 'r' }),
      expect.objectContaining({ name: 'a', access: [{ user: 'admin', role: 'r' }] }),
    ])
    expect(await records.servers()).toEqual([
      { host: 'h', port: null, sslmode: 'prefer', databases: ['B', 'a'], roles: ['r'] },
    ])
  })

  it('remembers what it read until something is written', async () => {
    const { internal, records, statements } = await modernPlace()
    expect(await records.list()).toEqual([])
    const other = await openRecords(internal)
    await other.records.insert('library', connection(), ACCESS)
    expect(await records.names()).toEqual([])
    expect(statements).toHaveLength(1)
    await records.insert('b', connection({ database: 'b' }), ACCESS)
    expect(await records.names()).toEqual(['b', 'library'])
    const fresh = await openRecords(internal, { isFresh: true })
    expect(await fresh.records.names()).toEqual(['b', 'library'])
    await records.delete(1)
    expect(await fresh.records.names()).toEqual(['b'])
  })

  it('shows databases of one name with their servers, and finds them by each form of it', async () => {
    const { records } = await modernPlace()
    await records.insert('library', connection({ host: 'h1' }), ACCESS)
    await records.insert('second', connection({ host: 'h2' }), ACCESS)
    await records.update('second', {}, 'second')
    const { internal } = await modernPlace({ step: '0002' })
    const { records: oldest } = await openRecords(internal)
    await oldest.insert('library', connection({ host: 'h1' }), ACCESS)
    await oldest.insert('library@h2', connection({ host: 'h2' }), ACCESS)
    expect(await oldest.names()).toEqual(['library@h1', 'library@h2'])
    expect(await oldest.namesFor('library')).toEqual(['library@h1', 'library@h2'])
    expect(await oldest.find('library')).toBeNull()
    expect(await oldest.idOf('library')).toBeNull()
    expect(await oldest.find('library@h2:5432')).toMatchObject({ id: 2, name: 'library@h2' })
    expect(await oldest.match('library', connection({ host: 'h2' }))).toMatchObject({
      isSame: true,
      record: { id: 2 },
    })
    expect(await oldest.match('library', connection({ host: 'h3' }))).toMatchObject({ isSame: false })
    expect(await oldest.match('archive', connection())).toBeNull()
    expect(await oldest.delete(1)).toBe('deleted')
    expect(await oldest.names()).toEqual(['library'])
    expect(await oldest.find('library@h2')).toMatchObject({ id: 2, name: 'library' })
  })

  it('has no user where no role is stored, and the first stored role where nobody is mapped', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection({ user: 'b' }), ACCESS)
    await records.insert('other', connection({ user: 'a', database: 'other' }), ACCESS)
    await internal.query('DELETE FROM mathesar_userdatabaserolemap WHERE database_id = 1')
    const { records: unmapped } = await openRecords(internal)
    expect(await unmapped.find('library')).toMatchObject({ user: 'b', roles: ['b', 'a'], access: [] })
    expect(await unmapped.match('library', connection({ user: 'a' }))).toMatchObject({ isSame: true })
    await internal.query('DELETE FROM mathesar_userdatabaserolemap; DELETE FROM mathesar_configuredrole')
    const { records: roleless } = await openRecords(internal)
    expect(await roleless.find('library')).toMatchObject({ user: '', roles: [], access: [] })
    expect((await roleless.settings('library'))?.settings).toMatchObject({ user: '', password: null })
    await expect(roleless.update('library', { password: 'x' }, 'library')).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'user' },
    })
    await roleless.update('library', { sslmode: 'require' }, 'library')
    const changed = await roleless.update('library', { user: 'c', password: 'x' }, 'library', {
      users: ['admin'],
    })
    expect(changed).toMatchObject({ user: 'c', access: [{ user: 'admin', role: 'c' }], sslmode: 'require' })
  })

  it('takes a role for that of a row only if users are mapped to it', async () => {
    const { records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    await records.insert('other', connection({ database: 'other', user: 'b' }), ACCESS)
    expect(await records.match('library', connection())).toMatchObject({ isSame: true })
    expect(await records.match('library', connection({ user: 'b' }))).toMatchObject({ isSame: false })
  })

  it('counts an unknown sslmode as prefer, and an empty nickname as none', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('Library', connection(), ACCESS)
    await internal.query(
      "UPDATE mathesar_server SET sslmode = 'junk'; UPDATE mathesar_database SET nickname = ''",
    )
    const { records: other } = await openRecords(internal)
    expect(await other.list()).toEqual([expect.objectContaining({ name: 'library', sslmode: 'prefer' })])
    await other.update('library', { password: 'new' }, 'library')
    expect((await internal.snapshot()).mathesar_server?.[0]?.sslmode).toBe('junk')
    await other.update('library', { sslmode: 'prefer' }, 'library')
    expect((await internal.snapshot()).mathesar_server?.[0]?.sslmode).toBe('prefer')
  })

  it('lists all of ten thousand databases and roles of one server', async () => {
    const { internal, records } = await modernPlace()
    await internal.query(`
      INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
        VALUES (now(), now(), 'h', 5432, 'prefer');
      INSERT INTO mathesar_database
          (created_at, updated_at, name, last_confirmed_sql_version, server_id, nickname)
        SELECT now(), now(), 'd' || n, '0.11.0', 1, NULL FROM generate_series(1, 10000) AS n;
      INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
        SELECT now(), now(), 'r' || n, NULL, 1 FROM generate_series(1, 10000) AS n;
      INSERT INTO mathesar_userdatabaserolemap
          (created_at, updated_at, configured_role_id, database_id, server_id, user_id)
        SELECT now(), now(), n, n, 1, 1 FROM generate_series(1, 10000) AS n`)
    const list = await records.list()
    expect(list).toHaveLength(10_000)
    expect(list[0]).toMatchObject({ name: 'd1', user: 'r1' })
  })
})

describe('the proof of the key', () => {
  const states: [string, string | null, 'proves' | 'refutes' | 'neither'][] = [
    ['a token that the key opens', 'ours', 'proves'],
    ['a token of another key', 'theirs', 'refutes'],
    ['a damaged token', 'damaged', 'refutes'],
    ['plain text', 'plain', 'neither'],
    ['NULL', null, 'neither'],
  ]

  it.each(states)('%s alone', async (_, kind, proof) => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection({ password: null }), ACCESS)
    await setPassword(internal, 1, kind)
    const { records: other } = await openRecords(internal)
    if (proof === 'refutes') {
      await expect(other.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await expect(other.settings('library')).rejects.toMatchObject({
        code: 'SECRET_KEY_MISMATCH',
        message: expect.stringContaining('"library"'),
      })
    } else {
      await other.verifyKey()
      const password = (await other.settings('library'))?.settings.password
      expect(password).toBe({ ours: 'secret', plain: 'plain text' }[kind ?? ''] ?? null)
    }
    expect(await other.list()).toHaveLength(1)
  })

  it('is one token that the key opens, whatever the others are', async () => {
    const { internal, records } = await modernPlace()
    for (const [index, kind] of ['theirs', 'damaged', 'plain', null, 'ours'].entries()) {
      const name = `d${index}`
      await records.insert(name, connection({ database: name, user: name, password: null }), ACCESS)
      await setPassword(internal, index + 1, kind)
    }
    await (await openRecords(internal)).records.verifyKey()
  })

  it('needs no row at all', async () => {
    const { internal } = await modernPlace()
    await (await openRecords(internal, { key: 'any' })).records.verifyKey()
  })
})

async function setPassword(
  internal: Awaited<ReturnType<typeof modernPlace>>['internal'],
  id: number,
  kind: string | null,
): Promise<void> {
  const other = await modernPlace({ secretKey: 'another key', step: '0012' })
  const values: Record<string, string> = {
    ours: await internal.encrypt('secret'),
    theirs: await other.internal.encrypt('secret'),
    damaged: (await internal.encrypt('secret')).replace(/.{8}==$/, 'AAAAAAAA=='),
    plain: 'plain text',
  }
  const value = kind === null ? null : values[kind]
  await internal.query('UPDATE mathesar_configuredrole SET password = $1 WHERE id = $2', [value, id])
}
