import { describe, expect, it } from 'vitest'
import { decrypt, deriveKey, encrypt } from '../../../src/secrets/fernet.ts'
import type { Reseal, SealedValue } from '../../../src/store/sealed.ts'
import { SECRET_KEY } from '../support.ts'
import type { Tools } from './place.ts'

const NEW_KEY = 'the new key'

/** Returns what replaces every value under the old key by one under the new key. */
async function reencrypting(): Promise<Reseal> {
  const [from, to] = [await deriveKey(SECRET_KEY), await deriveKey(NEW_KEY)]
  return (values) =>
    values.map(({ text }) => {
      const opened = decrypt(text, from)
      return opened.kind === 'decrypted' ? encrypt(opened.plaintext, to) : null
    })
}

/** Returns how many values of each kind there are. */
function kindsOf(values: readonly SealedValue[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(Object.groupBy(values, ({ kind }) => kind)).map(([kind, all]) => [kind, all.length]),
  )
}

/** How the encrypted values of rows and journals are read and replaced. */
export function describeSealed({ kind, makePlace, settings, add, addition, access }: Tools): void {
  describe('encrypted values', () => {
    const oneRow = kind.isModern ? { role: 1 } : { database: 2 }

    it('encrypted values are read without a key, those of the journal too', async () => {
      const place = await makePlace()
      const store = await place.open()
      expect(await (await place.open({ key: '' })).sealedValues()).toEqual([])
      await add(store, 'Library')
      const held = await store.begin(addition('b'))
      const values = await (await place.open({ key: '', readOnly: true })).sealedValues()
      expect(kindsOf(values)).toEqual({ ...oneRow, operation: 1 })
      for (const { text } of values) expect(text).toMatch(/^gAAAAA/)
      expect(values.find((one) => one.kind === 'operation')).toMatchObject({ id: held.id, name: 'b' })
      const row = values.find((one) => one.kind !== 'operation')
      expect(row).toMatchObject(
        kind.isModern
          ? { name: expect.stringContaining('librarian@db.example.com'), databases: ['Library'] }
          : { name: 'Library' },
      )
    })

    it('encrypted values are replaced all at once, and the other key then opens rows and operations', async () => {
      const place = await makePlace()
      const store = await place.open()
      const added = await add(store, 'Library')
      const held = await store.begin(addition('b', { password: 'of b' }))
      await held.release()
      await store.reseal(await reencrypting())
      const old = await place.open()
      await expect(old.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await expect(old.takeOver(held.id)).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      const renewed = await place.open({ key: NEW_KEY })
      expect(await renewed.find('Library')).toEqual(added)
      expect(await renewed.settings('Library')).toEqual(settings('Library'))
      const taken = await renewed.takeOver(held.id)
      expect(taken?.settings).toEqual(settings('b', { password: 'of b' }))
      await taken?.completeAdd(null)
      expect(await renewed.settings('b')).toMatchObject({ database: 'b' })
    })

    it('nothing is stored first under a key that the settings no longer give', async () => {
      const place = await makePlace()
      const replaced = { code: 'SECRET_KEY_MISMATCH', message: expect.stringContaining('replaced') }
      const store = await place.open({ isKeyCurrent: () => false })
      await expect(store.begin(addition('a'))).rejects.toMatchObject(replaced)
      const first = { schema: null, ...(access ? { access } : {}) }
      await expect(store.register('a', settings('a'), first)).rejects.toMatchObject(replaced)
      expect(await store.names()).toEqual([])
      expect(await store.sealedValues()).toEqual([])
    })

    it('nothing is stored first if the settings change between the addition and its end', async () => {
      let isCurrent = true
      const place = await makePlace()
      const held = await (await place.open({ isKeyCurrent: () => isCurrent })).begin(addition('a'))
      isCurrent = false
      await expect(held.completeAdd(null)).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      expect(await (await place.open()).names()).toEqual([])
    })

    it('a key that opens what is stored needs no settings that give it', async () => {
      const place = await makePlace()
      await add(await place.open(), 'a')
      const store = await place.open({ isKeyCurrent: () => false })
      await add(store, 'b')
      await store.update('b', { password: 'other' })
      expect(await store.names()).toEqual(['a', 'b'])
    })

    it('encrypted values stay as they are where nothing replaces them', async () => {
      const place = await makePlace()
      const store = await place.open()
      await add(store, 'a')
      await (await store.begin(addition('b'))).release()
      const before = await store.sealedValues()
      await store.reseal((values) => values.map(() => null))
      expect(await store.sealedValues()).toEqual(before)
      await store.reseal((values) => values.map(({ kind: one }) => (one === 'operation' ? 'plain' : null)))
      expect(await store.sealedValues()).toEqual(
        before.map((value) => (value.kind === 'operation' ? { ...value, text: 'plain' } : value)),
      )
    })

    it('encrypted values stay as they are if the replacement fails', async () => {
      const place = await makePlace()
      const store = await place.open()
      await add(store, 'a')
      await (await store.begin(addition('b'))).release()
      const before = await store.sealedValues()
      const failing: Reseal = () => {
        throw new Error('no token')
      }
      await expect(store.reseal(failing)).rejects.toThrow('no token')
      expect(await store.sealedValues()).toEqual(before)
      await add(store, 'c')
    })

    it('encrypted values of a store that was opened for reading are not replaced', async () => {
      const place = await makePlace()
      await add(await place.open(), 'a')
      const store = await place.open({ readOnly: true })
      await expect(store.reseal((values) => values.map(() => 'x'))).rejects.toThrow('opened for reading')
      await (await place.open()).verifyKey()
    })
  })
}
