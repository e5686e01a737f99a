import { describe, expect, it } from 'vitest'
import type { Tools } from './place.ts'

/** What is stored, changed and deleted. */
export function describeRecords({ kind, makePlace, settings, add, addition }: Tools): void {
  describe('stored databases', () => {
    it('stored databases are the same when they are read from another store, with and without the password', async () => {
      const place = await makePlace()
      const added = await add(await place.open(), 'Library')
      const store = await place.open()
      expect(store.location).toBe(place.location)
      expect(await store.list()).toEqual([added])
      expect(await store.find('Library')).toEqual(added)
      expect(await store.settings('Library')).toEqual(settings('Library'))
      const { sslmode, sslrootcert } = settings('Library')
      expect(added).toEqual({
        id: 1,
        name: 'Library',
        host: 'db.example.com',
        port: 5432,
        database: 'Library',
        user: 'librarian',
        sslmode,
        sslrootcert,
        ...(kind.isModern
          ? { access: [{ user: 'admin', role: 'librarian' }], confirmedVersion: '0.0.0' }
          : {}),
        schema: { source: 'bundled', version: '0.1.0' },
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/),
        updatedAt: added.createdAt,
      })
      expect(Math.abs(Date.parse(added.createdAt) - Date.now())).toBeLessThan(60_000)
    })

    it.each([
      "it's",
      '"; DROP TABLE mathesar_database; --',
      'p@ss:w/ord?#[]+&%41$HOME\\',
      '日本語🔑ﷺ',
      ' spaces ',
      'x'.repeat(5000),
      'line\nbreak\ttab\u0000nul',
    ])('stored databases keep the password %j', async (password) => {
      const store = await (await makePlace()).open()
      // PostgreSQL has no NUL in any text.
      const text = kind.name === 'django' ? password.replaceAll('\0', '') : password
      const database = kind.hasNicknames ? { database: `d${text.slice(0, 40)}` } : {}
      const own = { password, user: `${text.slice(0, 60)}u`, ...database }
      await add(store, 'one', own)
      expect(await store.settings('one')).toEqual(settings('one', own))
    })

    it('stored databases have no password where none or an empty one was given', async () => {
      const store = await (await makePlace()).open()
      await add(store, 'none', { password: null })
      await add(store, 'empty', { password: '' })
      expect((await store.settings('none')).password).toBeNull()
      expect((await store.settings('empty')).password).toBeNull()
    })

    it('stored databases are listed by name, and their names need no key', async () => {
      const place = await makePlace()
      const store = await place.open()
      for (const name of ['b', 'c', 'A', 'a b']) await add(store, name)
      expect((await store.list()).map(({ name }) => name)).toEqual(['A', 'a b', 'b', 'c'])
      const keyless = await place.open({ key: '' })
      expect(await keyless.names()).toEqual(['A', 'a b', 'b', 'c'])
      expect(await keyless.find('no such name')).toBeNull()
    })

    it('an empty list of stored databases needs no key', async () => {
      const store = await (await makePlace()).open({ key: '' })
      expect(await store.list()).toEqual([])
    })
  })

  describe('a change', () => {
    it('a change of settings and name keeps the id, the schema and the time of adding', async () => {
      const store = await (await makePlace()).open()
      const before = await add(store, 'old')
      const changed = settings('old', { host: '::1', password: 'new', ...kind.change })
      if (!kind.hasNicknames) {
        await expect(store.update('old', changed, 'new')).rejects.toMatchObject({
          code: 'USAGE',
          details: { field: 'rename' },
        })
        expect(await store.update('old', changed)).toMatchObject({ id: before.id, host: '::1' })
        return
      }
      const after = await store.update('old', changed, 'new')
      expect(after).toMatchObject({ id: before.id, name: 'new', host: '::1', schema: before.schema })
      expect(after.createdAt).toBe(before.createdAt)
      expect(await store.settings('new')).toEqual(changed)
      expect(await store.names()).toEqual(['new'])
    })

    it('a change to a name that is taken or invalid is refused and changes nothing', async () => {
      const store = await (await makePlace()).open()
      await add(store, 'a')
      await add(store, 'b')
      const changed = settings('a', { host: 'elsewhere' })
      const refusal = { code: kind.hasNicknames ? 'NAME_TAKEN' : 'USAGE' }
      await expect(store.update('a', changed, 'b')).rejects.toMatchObject(refusal)
      await expect(store.update('a', changed, ' ')).rejects.toMatchObject({ code: 'USAGE' })
      await expect(store.update('c', changed)).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect(await store.settings('a')).toEqual(settings('a'))
    })

    it('a change of what is known of the schemas changes nothing else', async () => {
      const store = await (await makePlace()).open()
      const before = await add(store, 'a')
      await store.setSchema('a', { source: 'adopted', version: null })
      // Of schemas that this program did not install, Mathesar's own record counts, where it has one.
      const adopted = kind.isModern ? null : { source: 'adopted', version: null }
      expect(await store.find('a')).toEqual({ ...before, schema: adopted })
      await store.setSchema('a', null)
      // A Mathesar that records the version of its SQL learns that there is none.
      const none = kind.isModern ? { confirmedVersion: '0.0.0', updatedAt: expect.any(String) } : {}
      expect(await store.find('a')).toEqual({ ...before, ...none, schema: null })
      await expect(store.setSchema('b', null)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })

    it('records the version of a release beside what is known of the schemas', async () => {
      const place = await makePlace()
      const store = await place.open()
      const before = await add(store, 'a')
      await store.setSchema('a', { source: 'release', version: '0.11.0' })
      const schema = { source: 'release', version: '0.11.0' }
      const confirmed = kind.isModern ? { confirmedVersion: '0.11.0', updatedAt: expect.any(String) } : {}
      expect(await (await place.open()).find('a')).toEqual({ ...before, ...confirmed, schema })
    })

    it('confirms a version without a key, of a database that is stored', async () => {
      const place = await makePlace()
      await add(await place.open(), 'a')
      const { records } = await place.openParts()
      const { host, port, database } = settings('a')
      await records.confirmVersion('a', '0.10.1')
      await records.confirmVersion('a', '0.11.0', { host, port, database })
      expect((await records.find('a'))?.confirmedVersion).toBe(kind.isModern ? '0.11.0' : undefined)
      await expect(records.confirmVersion('b', '0.11.0')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    })
  })

  describe('forgetting', () => {
    it('deletes the database and what is known of its schemas, without a key', async () => {
      const place = await makePlace()
      await add(await place.open(), 'a')
      const store = await place.open({ key: 'wrong' })
      await store.forget('a')
      expect(await store.names()).toEqual([])
      await expect(store.forget('a')).rejects.toMatchObject({ code: 'NOT_FOUND' })
      expect([...(await (await place.openParts()).journal.schemas())]).toEqual([])
    })

    it('the id of a forgotten database is never used again', async () => {
      const store = await (await makePlace()).open()
      const { id } = await add(store, 'a')
      await store.forget('a')
      expect((await add(store, 'b')).id).toBeGreaterThan(id)
    })
  })

  describe('a secret key that does not fit', () => {
    it('a secret key that does not fit is refused with the name of the database, and nothing is written', async () => {
      const place = await makePlace()
      await add(await place.open(), 'Library')
      const wrong = await place.open({ key: 'wrong' })
      const refusal = { code: 'SECRET_KEY_MISMATCH', message: expect.stringContaining('"Library"') }
      if (kind.needsKeyToList) {
        await expect(wrong.list()).rejects.toMatchObject(refusal)
        await expect(wrong.find('Library')).rejects.toMatchObject(refusal)
      } else {
        expect(await wrong.list()).toMatchObject([{ name: 'Library' }])
      }
      await expect(wrong.settings('Library')).rejects.toMatchObject(refusal)
      await expect(wrong.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await expect(add(wrong, 'other')).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await expect(wrong.update('Library', settings('Library'))).rejects.toMatchObject({
        code: 'SECRET_KEY_MISMATCH',
      })
      const right = await place.open()
      expect(await right.names()).toEqual(['Library'])
      expect(await right.interrupted()).toEqual([])
      await right.verifyKey()
    })

    it('a secret key that does not fit is found by the journal alone, and an attempt to take over releases the entry', async () => {
      const place = await makePlace()
      const held = await (await place.open()).begin(addition('a'))
      const wrong = await place.open({ key: 'wrong' })
      await expect(wrong.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await expect(add(wrong, 'b')).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await held.release()
      await expect(wrong.takeOver(held.id)).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      expect(await (await place.open()).takeOver(held.id)).toMatchObject({ id: held.id })
    })

    it('does not exist where nothing is stored', async () => {
      const store = await (await makePlace()).open({ key: 'any' })
      await store.verifyKey()
    })
  })

  it('refuses every write on a store that was opened for reading, and changes nothing', async () => {
    const place = await makePlace()
    const writer = await place.open()
    await add(writer, 'a')
    const store = await place.open({ readOnly: true })
    expect(store.capabilities.isReadOnly).toBe(true)
    const writes = [
      () => store.forget('a'),
      () => store.update('a', settings('a')),
      () => store.setSchema('a', null),
      () => store.begin({ kind: 'remove', name: 'a' }),
      () => store.takeOver('7c9e6679-7425-40de-944b-e07fc1f90ae7'),
      () => store.dismiss('7c9e6679-7425-40de-944b-e07fc1f90ae7'),
    ]
    for (const write of writes) await expect(write()).rejects.toThrow('opened for reading')
    expect(await store.list()).toEqual(await writer.list())
    expect(await writer.interrupted()).toEqual([])
    expect(await place.locks()).toEqual([])
  })
}
