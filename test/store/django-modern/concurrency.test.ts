import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { simulateApplication } from '../../support/simulated-application.ts'
import { connection, modernPlace, openRecords } from './place.ts'

const ACCESS = { users: ['admin'], sqlVersion: '0.11.0' }
const REQUEST = { host: 'db.example.com', port: 5432, role: 'alice', password: 'theirs' }

/** Asserts that every row is consistent, and that none of a kind exists twice. */
const counts = (snapshot: Record<string, unknown[]>) => ({
  servers: snapshot.mathesar_server?.length ?? 0,
  databases: snapshot.mathesar_database?.length ?? 0,
  roles: snapshot.mathesar_configuredrole?.length ?? 0,
  maps: snapshot.mathesar_userdatabaserolemap?.length ?? 0,
})

describe('while Mathesar installs its SQL for a database of the same server', () => {
  it('an insert waits, and then adds to what Mathesar stored', async () => {
    const { internal, records } = await modernPlace()
    const { records: patient } = await openRecords(internal, { lockTimeoutMs: 10_000 })
    await records.insert('first', connection({ database: 'first' }), ACCESS)
    expect(await patient.names()).toEqual(['first'])
    const running = await simulateApplication(internal).startConnect({ ...REQUEST, database: 'theirs' })
    const inserting = patient.insert('ours', connection({ database: 'ours', password: 'new' }), ACCESS)
    await pause(300)
    await running.finish()
    await inserting
    const after = await openRecords(internal)
    expect(await after.records.names()).toEqual(['first', 'ours', 'theirs'])
    expect(counts(await internal.snapshot())).toEqual({ servers: 1, databases: 3, roles: 1, maps: 3 })
    expect((await after.records.settings('theirs'))?.settings.password).toBe('new')
  })

  it('an insert that reads a server whose row is not committed yet waits for it', async () => {
    const { internal } = await modernPlace()
    const { records: patient } = await openRecords(internal, { lockTimeoutMs: 10_000 })
    const running = await simulateApplication(internal).startConnect({ ...REQUEST, database: 'theirs' })
    const inserting = patient.insert('ours', connection({ database: 'ours' }), ACCESS)
    await pause(300)
    await running.finish()
    await inserting
    expect(counts(await internal.snapshot())).toEqual({ servers: 1, databases: 2, roles: 1, maps: 2 })
    expect(await (await openRecords(internal)).records.names()).toEqual(['ours', 'theirs'])
  })

  it('an insert moves nobody whom Mathesar mapped to another role meanwhile', async () => {
    const { internal } = await modernPlace()
    const { records: patient } = await openRecords(internal, { lockTimeoutMs: 10_000 })
    expect(await patient.names()).toEqual([])
    const request = { ...REQUEST, role: 'bob', database: 'library' }
    const running = await simulateApplication(internal).startConnect(request)
    const inserting = patient.insert('library', connection(), ACCESS).then(
      () => null,
      (error: unknown) => error,
    )
    await pause(300)
    await running.finish()
    expect(await inserting).toMatchObject({ code: 'LOCKED', hint: expect.stringContaining('again') })
    const { records } = await openRecords(internal)
    expect((await records.find('library'))?.access).toEqual([{ user: 'admin', role: 'bob' }])
  })

  it('a write gives up after its time limit, and changes nothing', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('first', connection({ database: 'first' }), ACCESS)
    const before = await internal.snapshot()
    const running = await simulateApplication(internal).startConnect({ ...REQUEST, database: 'theirs' })
    const { records: hasty } = await openRecords(internal, { lockTimeoutMs: 200 })
    for (const write of [
      () => hasty.insert('ours', connection({ database: 'ours' }), ACCESS),
      () => hasty.update('first', { password: 'new' }, 'first'),
      () => hasty.update('first', { host: 'elsewhere' }, 'first'),
      () => hasty.delete(1),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'LOCKED' })
    }
    expect(await hasty.names()).toEqual(['first'])
    await running.fail()
    expect(await internal.snapshot()).toEqual(before)
  })

  it('an insert of the same database finds it stored, and maps its own users too', async () => {
    const { internal } = await modernPlace({ users: [{ username: 'admin' }, { username: 'bob' }] })
    const { records: patient } = await openRecords(internal, { lockTimeoutMs: 10_000 })
    expect(await patient.names()).toEqual([])
    const running = await simulateApplication(internal).startConnect({ ...REQUEST, database: 'library' })
    const inserting = patient.insert('library', connection(), { users: ['bob'], sqlVersion: '0.0.0' })
    await pause(300)
    await running.finish()
    const stored = await inserting
    expect(stored.access).toEqual([
      { user: 'admin', role: 'alice' },
      { user: 'bob', role: 'alice' },
    ])
    expect(counts(await internal.snapshot())).toEqual({ servers: 1, databases: 1, roles: 1, maps: 2 })
  })
})

describe('a row that somebody changed after it was read', () => {
  it('is compared with the expected connection before anything is written', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const { records: late } = await openRecords(internal)
    expect(await late.find('library')).toMatchObject({ host: 'db.example.com' })
    await simulateApplication(internal).patch('mathesar_server', 1, { host: 'moved.example.com' })
    const before = await internal.snapshot()
    const expected = connection()
    await expect(late.update('library', { password: 'new' }, 'library', { expected })).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('changed the connection of "library"'),
    })
    expect(await late.delete(1, expected)).toBe('changed')
    expect(await internal.snapshot()).toEqual(before)
  })

  it('keeps the change of the other, where this one is about something else', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const { records: late } = await openRecords(internal)
    expect(await late.names()).toEqual(['library'])
    await simulateApplication(internal).patch('mathesar_server', 1, { sslmode: 'require' })
    await simulateApplication(internal).patch('mathesar_configuredrole', 1, { password: 'theirs' })
    const changed = await late.update('library', {}, 'Books')
    expect(changed).toMatchObject({ name: 'Books', sslmode: 'require' })
    expect((await late.settings('Books'))?.settings.password).toBe('theirs')
  })

  it('is not found by a name that it does not have any more', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const { records: late } = await openRecords(internal)
    expect(await late.names()).toEqual(['library'])
    await simulateApplication(internal).patch('mathesar_database', 1, { nickname: 'Books' })
    await expect(late.update('library', { password: 'new' }, 'library')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await late.names()).toEqual(['Books'])
  })

  it('is saved back by Mathesar after this one changed it, and then both changes hold where they can', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const running = await simulateApplication(internal).startPatch('mathesar_database', 1, {
      nickname: 'Theirs',
    })
    await records.update('library', { password: 'ours' }, 'library')
    await running.finish()
    const { records: after } = await openRecords(internal)
    expect((await after.settings('Theirs'))?.settings.password).toBe('ours')
  })

  it('is not found any more where Mathesar disconnected it', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const { records: late } = await openRecords(internal)
    expect(await late.names()).toEqual(['library'])
    await simulateApplication(internal).disconnect(1, true)
    await expect(late.update('library', { password: 'new' }, 'library')).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await late.delete(1)).toBe('missing')
  })

  it('gets a collaborator while it moves to another server', async () => {
    const { internal, records } = await modernPlace({ users: [{ username: 'admin' }, { username: 'bob' }] })
    await records.insert('library', connection(), ACCESS)
    const { records: late } = await openRecords(internal)
    expect(await late.names()).toEqual(['library'])
    await simulateApplication(internal).addCollaborator(1, 'bob', 1)
    const moved = await late.update('library', { host: 'new' }, 'library')
    expect(moved.access?.map(({ user }) => user)).toEqual(['admin', 'bob'])
    expect(counts(await internal.snapshot())).toEqual({ servers: 1, databases: 1, roles: 1, maps: 2 })
  })
})

describe('ten writers at once', () => {
  it('store ten databases of one new server and one new role', async () => {
    const { internal } = await modernPlace()
    const names = Array.from({ length: 10 }, (_, index) => `d${index}`)
    const writers = await Promise.all(names.map(() => openRecords(internal, { lockTimeoutMs: 10_000 })))
    await Promise.all(writers.map(({ records }) => records.names()))
    await Promise.all(
      writers.map(({ records }, index) => {
        const name = names[index] ?? ''
        return records.insert(name, connection({ database: name, password: 'same' }), ACCESS)
      }),
    )
    expect(counts(await internal.snapshot())).toEqual({ servers: 1, databases: 10, roles: 1, maps: 10 })
  })

  it('store one database once', async () => {
    const { internal } = await modernPlace()
    const writers = await Promise.all(
      Array.from({ length: 10 }, () => openRecords(internal, { lockTimeoutMs: 10_000 })),
    )
    await Promise.all(writers.map(({ records }) => records.names()))
    const stored = await Promise.all(
      writers.map(({ records }) => records.insert('library', connection(), ACCESS)),
    )
    expect(new Set(stored.map(({ id }) => id)).size).toBe(1)
    expect(counts(await internal.snapshot())).toEqual({ servers: 1, databases: 1, roles: 1, maps: 1 })
  })

  it('change one password: each of them is stored in turn, and none is half written', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const writers = await Promise.all(
      Array.from({ length: 10 }, () => openRecords(internal, { lockTimeoutMs: 10_000 })),
    )
    const outcomes = await Promise.allSettled(
      writers.map((writer, index) => writer.records.update('library', { password: `p${index}` }, 'library')),
    )
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'LOCKED' })
    }
    const { records: after } = await openRecords(internal)
    expect((await after.settings('library'))?.settings.password).toMatch(/^p\d$/)
  })

  it('delete one database: one of them deletes it', async () => {
    const { internal, records } = await modernPlace()
    await records.insert('library', connection(), ACCESS)
    const writers = await Promise.all(
      Array.from({ length: 10 }, () => openRecords(internal, { lockTimeoutMs: 10_000 })),
    )
    const outcomes = await Promise.all(writers.map((writer) => writer.records.delete(1, connection())))
    expect(outcomes.filter((outcome) => outcome === 'deleted')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'missing')).toHaveLength(9)
  })
})
