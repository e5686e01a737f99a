import { describe, expect, it } from 'vitest'
import { notFound } from '../../src/databases/not-found.ts'
import { resolveStoredName } from '../../src/databases/stored-name.ts'
import type { Store } from '../../src/store/types.ts'

const NFC = 'caf\u00e9'
const NFD = 'cafe\u0301'

/** A store of databases that share names, as one of a live Mathesar shows them. */
function storeOf(names: readonly string[], interrupted: readonly string[] = []): Store {
  const unused = {} as Store
  return {
    ...unused,
    names: async () => [...names],
    namesFor: async (given) => {
      if (names.includes(given)) return [given]
      return names.filter((name) => name.replace(/@.*/, '') === given)
    },
    interrupted: async () =>
      interrupted.map((name) => ({ id: name, kind: 'add', name, keepTypes: false, startedAt: '' })),
  }
}

describe('the stored database that a name means', () => {
  it('is the one whose full name it is, or the only one of that name', async () => {
    const store = storeOf(['library@a', 'library@b', 'shop@c'])
    expect(await resolveStoredName(store, 'library@b')).toBe('library@b')
    expect(await resolveStoredName(store, 'shop')).toBe('shop@c')
    expect(await resolveStoredName(store, 'museum')).toBe('museum')
  })

  it('is not chosen among several: the error lists their full names', async () => {
    const store = storeOf(['library@a', 'library@b'])
    await expect(resolveStoredName(store, 'library')).rejects.toMatchObject({
      code: 'USAGE',
      message: '2 stored databases have the name "library".',
      hint: 'Pass the full name of one of them: "library@a", "library@b".',
      details: { field: 'name' },
    })
  })

  it('lists only some of many full names', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `library@host${index}`)
    await expect(resolveStoredName(storeOf(names), 'library')).rejects.toMatchObject({
      hint: expect.stringContaining('"library@host19" and 5 more (see "mathesarctl db list").'),
    })
  })

  it('is an interrupted operation of exactly that name, which has no other one', async () => {
    const store = storeOf(['library@a', 'library@b'], ['library'])
    expect(await resolveStoredName(store, 'library')).toBe('library')
    expect(
      await resolveStoredName(storeOf(['library@a', 'library@b']), 'library', [{ name: 'library' }]),
    ).toBe('library')
  })

  it('may be given in another normal form of Unicode', async () => {
    expect(await resolveStoredName(storeOf([`${NFC}@a`]), NFD)).toBe(`${NFC}@a`)
    expect(await resolveStoredName(storeOf([NFD]), NFC)).toBe(NFD)
    await expect(resolveStoredName(storeOf([`${NFC}@a`, `${NFC}@b`]), NFD)).rejects.toMatchObject({
      code: 'USAGE',
    })
  })

  it('is offered by its full name where the given one is mistyped', () => {
    const stored = ['library@db1.example.org', 'museum']
    expect(notFound('librayr', stored).hint).toContain('Did you mean "library@db1.example.org"?')
    expect(notFound('librayr@db9', stored).hint).toContain('Did you mean "library@db1.example.org"?')
  })
})
