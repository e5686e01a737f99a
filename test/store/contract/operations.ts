import { describe, expect, it } from 'vitest'
import type { CommitMark } from '../../../src/store/types.ts'
import type { Tools } from './place.ts'

const MARK: CommitMark = {
  transactionId: '1234567890123',
  databaseOid: 16384,
  startedAt: '2026-01-01T00:00:00Z',
  systemIdentifier: null,
}

/** How operations begin, end and are taken over in one process. */
export function describeOperations({ kind, makePlace, settings, add, addition, access }: Tools): void {
  describe('an operation that is held', () => {
    it('reserves its name, and the refusal states since when', async () => {
      const place = await makePlace()
      const [store, other] = [await place.open(), await place.open()]
      const held = await store.begin(addition('a'))
      expect(held).toMatchObject({ kind: 'add', name: 'a', settings: settings('a') })
      const refusal = {
        code: 'LOCKED',
        exitCode: 1,
        message: expect.stringContaining(held.startedAt),
        details: { data: { running: held.id } },
      }
      const again = addition('a')
      await expect(store.begin(again)).rejects.toMatchObject(refusal)
      await expect(other.begin(again)).rejects.toMatchObject(refusal)
      expect(await other.interrupted()).toEqual([])
      expect(await other.takeOver(held.id)).toBeNull()
      expect(await store.takeOver(held.id)).toBeNull()
      expect(await other.dismiss(held.id)).toBe(false)
      await add(other, 'b')
      expect(await store.names()).toEqual(['b'])
      expect(await held.completeAdd(null)).toMatchObject({ name: 'a', schema: null })
      expect(await place.locks()).toEqual([])
    })

    it('keeps the database that it removes from being changed, renamed to or forgotten', async () => {
      const store = await (await makePlace()).open()
      await add(store, 'a')
      const held = await store.begin({ kind: 'remove', name: 'a' })
      expect(held.settings).toEqual(settings('a'))
      await expect(store.update('a', settings('a'))).rejects.toMatchObject({ code: 'LOCKED' })
      await expect(store.forget('a')).rejects.toMatchObject({ code: 'LOCKED' })
      await expect(store.begin({ kind: 'remove', name: 'a' })).rejects.toMatchObject({ code: 'LOCKED' })
      await add(store, 'b')
      if (kind.hasNicknames) {
        await expect(store.update('b', {}, 'a')).rejects.toMatchObject({ code: 'LOCKED' })
      }
      expect(await held.completeRemove()).toBe('deleted')
      expect(await store.names()).toEqual(['b'])
    })

    it('leaves nothing behind when it is abandoned', async () => {
      const place = await makePlace()
      const store = await place.open()
      await add(store, 'stored')
      const operations = [
        await store.begin(addition('a')),
        await store.begin({ kind: 'remove', name: 'stored' }),
      ]
      for (const operation of operations) await operation.abandon()
      expect(await store.interrupted()).toEqual([])
      expect(await store.names()).toEqual(['stored'])
      expect(await place.locks()).toEqual([])
      await add(store, 'a')
    })

    it('an operation that is held can be ended twice but completed only once', async () => {
      const store = await (await makePlace()).open()
      const held = await store.begin(addition('a'))
      await expect(held.completeRemove()).rejects.toThrow('no remove is held')
      await held.completeAdd(null)
      await held.abandon()
      await held.release()
      await expect(held.completeAdd(null)).rejects.toThrow('no add is held')
      expect(await store.names()).toEqual(['a'])
    })

    it('an operation that is held is not completed where somebody deleted its entry', async () => {
      const place = await makePlace()
      const store = await place.open()
      const held = await store.begin(addition('a'))
      await (await place.openParts()).journal.end(held.id)
      await expect(held.committing(MARK)).rejects.toMatchObject({ code: 'LOCKED' })
      await expect(held.completeAdd(null)).rejects.toMatchObject({ code: 'LOCKED' })
      expect(await store.names()).toEqual([])
    })
  })

  describe('an operation that was released', () => {
    it('an operation that was released is interrupted, and the process that takes it over receives everything that it needs', async () => {
      const place = await makePlace()
      const store = await place.open()
      const held = await store.begin(addition('a'))
      await held.committing(MARK)
      await held.release()
      const { id, name, startedAt } = held
      expect(await store.interrupted()).toEqual([{ id, kind: 'add', name, keepTypes: false, startedAt }])
      await expect(store.begin(addition('a'))).rejects.toMatchObject({
        code: 'LOCKED',
        details: { data: { interrupted: id } },
      })
      const other = await place.open()
      const taken = await other.takeOver(id)
      expect(taken).toMatchObject({ id, kind: 'add', name, startedAt, settings: settings('a') })
      expect(taken?.progress).toEqual({ phase: 'committing', mark: MARK })
      expect(await store.takeOver(id)).toBeNull()
      expect(await store.interrupted()).toEqual([])
      await taken?.completeAdd({ source: 'bundled', version: '0.1.0' })
      expect(await store.takeOver(id)).toBeNull()
      expect(await store.settings('a')).toEqual(settings('a'))
      expect(await place.locks()).toEqual([])
    })

    it('records whether a removal keeps the types', async () => {
      const place = await makePlace()
      const store = await place.open()
      for (const [name, keepTypes] of [
        ['some', true],
        ['all', false],
      ] as const) {
        await add(store, name)
        const held = await store.begin({ kind: 'remove', name, keepTypes })
        expect(held.keepTypes).toBe(keepTypes)
        await held.release()
      }
      const other = await place.open()
      const pending = await other.interrupted()
      expect(pending.map(({ name, keepTypes }) => [name, keepTypes]).sort()).toEqual([
        ['all', false],
        ['some', true],
      ])
      for (const { id, keepTypes } of pending) expect(await other.takeOver(id)).toMatchObject({ keepTypes })
    })

    it('an operation that was released can be taken over after its store was closed', async () => {
      const place = await makePlace()
      const store = await place.open()
      const { id } = await store.begin(addition('a'))
      await store.close()
      expect(await (await place.open()).takeOver(id)).not.toBeNull()
    })

    it('does not keep a database from being forgotten, and a removal ends with that', async () => {
      const place = await makePlace()
      const store = await place.open()
      await add(store, 'a')
      const held = await store.begin({ kind: 'remove', name: 'a' })
      await held.release()
      await expect(store.update('a', settings('a'))).rejects.toMatchObject({
        details: { data: { interrupted: held.id } },
      })
      await store.forget('a')
      expect(await store.interrupted()).toEqual([])
      expect(await place.locks()).toEqual([])
    })

    it('an operation that was released is dismissed without a key, with the database of its name where that is asked for', async () => {
      const place = await makePlace()
      const store = await place.open()
      await add(store, 'a')
      await add(store, 'b')
      const ids: string[] = []
      for (const name of ['a', 'b']) {
        const held = await store.begin({ kind: 'remove', name })
        await held.release()
        ids.push(held.id)
      }
      const keyless = await place.open({ key: '' })
      expect(await keyless.dismiss(ids[0] ?? '')).toBe(true)
      expect(await keyless.dismiss(ids[1] ?? '', { record: true })).toBe(true)
      expect(await keyless.dismiss(ids[1] ?? '', { record: true })).toBe(false)
      expect(await store.names()).toEqual(['a'])
      expect(await store.interrupted()).toEqual([])
      expect(await place.locks()).toEqual([])
    })
  })

  it('begins nothing that cannot be done', async () => {
    const store = await (await makePlace()).open()
    await add(store, 'a')
    await expect(store.begin(addition('a'))).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    })
    await expect(store.begin(addition('a\nb'))).rejects.toMatchObject({
      code: 'USAGE',
      details: { field: 'name' },
    })
    await expect(store.begin({ kind: 'remove', name: 'b' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await store.interrupted()).toEqual([])
  })

  describe('an addition whose name another row received meanwhile', () => {
    it('an addition whose name another row received meanwhile is done if the row has the same connection', async () => {
      const place = await makePlace()
      const store = await place.open()
      const held = await store.begin(addition('a'))
      expect(await held.isStored()).toBe(false)
      await (await place.openParts()).records.insert('a', settings('a', { password: 'newer' }), access)
      expect(await held.isStored()).toBe(true)
      const stored = await held.completeAdd({ source: 'bundled', version: '0.1.0' })
      expect(stored.schema).toEqual({ source: 'bundled', version: '0.1.0' })
      expect((await store.settings('a')).password).toBe('newer')
      expect(await store.interrupted()).toEqual([])
    })

    it('an addition whose name another row received meanwhile stays in the journal, changes nothing of the row, and is finished under another name', async () => {
      const place = await makePlace()
      const store = await place.open()
      const held = await store.begin(addition('a'))
      const { records } = await place.openParts()
      const another = kind.hasNicknames ? { database: 'other' } : { host: 'other.example.com' }
      const other = await records.insert('a', settings('a', another), access)
      await expect(held.completeAdd(null)).rejects.toMatchObject({
        code: 'NAME_TAKEN',
        hint: expect.stringContaining('db add OTHERNAME'),
      })
      await held.release()
      expect(await store.interrupted()).toMatchObject([{ id: held.id, name: 'a' }])
      // The row itself can be worked with.
      await store.update('a', { port: 5433 })
      if (!kind.hasNicknames) {
        // The name of the database with its host is the only other name that such a row can have.
        const again = await store.takeOver(held.id)
        await again?.rename('a@db.example.com')
        await again?.completeAdd(null)
        expect(await store.names()).toEqual(['a@db.example.com', 'a@other.example.com'])
        expect(await store.settings('a@db.example.com')).toEqual(settings('a'))
        expect(await store.interrupted()).toEqual([])
        return
      }
      const taken = await store.takeOver(held.id)
      await add(store, 'c')
      const busy = await store.begin(addition('busy'))
      await expect(taken?.rename('busy')).rejects.toMatchObject({ code: 'LOCKED' })
      await expect(taken?.rename(' ')).rejects.toMatchObject({ code: 'USAGE' })
      await busy.abandon()
      await taken?.rename('b')
      expect(taken?.name).toBe('b')
      await taken?.completeAdd({ source: 'bundled', version: '0.1.0' })
      expect(await store.names()).toEqual(['a', 'b', 'c'])
      expect(await store.settings('b')).toEqual(settings('a'))
      expect(await store.find('a')).toMatchObject({ id: other.id, database: 'other', port: 5433 })
      expect(await store.interrupted()).toEqual([])
      expect(await place.locks()).toEqual([])
    })
  })

  describe('a removal', () => {
    it('leaves a row that has another connection by now', async () => {
      const place = await makePlace()
      const store = await place.open()
      const { records } = await place.openParts()
      const changes = [
        { host: 'h2' },
        { port: 1 },
        ...(kind.hasNicknames ? [{ database: 'd2' }] : []),
        // A database of a modern Mathesar has several roles, none of which identifies it.
        ...(kind.isModern ? [] : [{ user: 'u2' }]),
      ]
      for (const change of changes) {
        await add(store, 'a')
        const held = await store.begin({ kind: 'remove', name: 'a' })
        await records.update('a', change, 'a')
        expect(await held.completeRemove()).toBe('changed')
        expect(await store.find('a')).toMatchObject({
          ...change,
          schema: { source: 'bundled', version: '0.1.0' },
        })
        expect(await store.interrupted()).toEqual([])
        await store.forget('a')
      }
    })

    it('deletes its row also under a new name and with a new password', async () => {
      const place = await makePlace()
      const store = await place.open()
      await add(store, 'a')
      const held = await store.begin({ kind: 'remove', name: 'a' })
      await (await place.openParts()).records.update(
        'a',
        { password: 'newer' },
        kind.hasNicknames ? 'b' : 'a',
      )
      expect(await held.completeRemove()).toBe('deleted')
      expect(await store.names()).toEqual([])
    })

    it('leaves another row that has its name by now, even for the same connection', async () => {
      const place = await makePlace()
      const store = await place.open()
      const before = await add(store, 'a')
      const held = await store.begin({ kind: 'remove', name: 'a' })
      const { records } = await place.openParts()
      await records.delete(before.id)
      const after = await records.insert('a', settings('a'), access)
      expect(await held.completeRemove()).toBe('missing')
      expect(await store.find('a')).toMatchObject({ id: after.id })
      expect(await store.interrupted()).toEqual([])
    })
  })
}
