import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { cli, errorOf } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import {
  add,
  preparedHome,
  remove,
  type StoredDatabase,
  storedLibrary,
  storedNames,
} from '../support/installed.ts'
import { ENTER, startTerminal } from '../support/terminal.ts'

const NFC = 'caf\u00e9'
const NFD = 'cafe\u0301'

/** Stores a database under two names that look alike, as an earlier version did. */
async function storedTwins(): Promise<StoredDatabase> {
  const stored = await storedLibrary()
  const file = new Database(join(stored.home, '.local/share/mathesarctl/internal.sqlite3'))
  file.prepare('UPDATE mathesar_database SET name = ?').run(NFD)
  file
    .prepare(
      `INSERT INTO mathesar_database (created_at, updated_at, name, deleted, db_name, host, password, port, username)
        SELECT created_at, updated_at, ?, deleted, 'twin', host, password, port, username FROM mathesar_database`,
    )
    .run(NFC)
  file.close()
  return stored
}

describe('names that look alike', () => {
  it('stores a name in the normal form NFC, and finds it in every form', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    expect(await add(NFD, settings, { home })).toMatchObject({ status: 0 })
    expect(await storedNames(home)).toEqual([NFC])
    for (const name of [NFC, NFD]) {
      expect(await cli(['db', 'show', name, '--json'], { home })).toMatchObject({ status: 0 })
      expect(await cli(['db', 'test', name, '--json'], { home })).toMatchObject({ status: 0 })
    }
    expect(await add(NFD, settings, { home })).toMatchObject({ status: 0 })
    const other = await add(NFD, await ownedDatabase(), { home })
    expect(errorOf(other).code).toBe('NAME_TAKEN')
    expect(await cli(['db', 'edit', NFD, '--rename', 'x', '--json'], { home })).toMatchObject({ status: 0 })
    expect(await cli(['db', 'edit', 'x', '--rename', NFD, '--json'], { home })).toMatchObject({ status: 0 })
    expect(await storedNames(home)).toEqual([NFC])
    expect(await remove(NFD, { home })).toMatchObject({ status: 0 })
    expect(await storedNames(home)).toEqual([])
  })

  it('keeps twins that are stored already apart, and removes each of them', async () => {
    const { home } = await storedTwins()
    expect((await storedNames(home)).sort()).toEqual([NFD, NFC])
    expect(await remove(NFD, { home })).toMatchObject({ status: 0 })
    expect(await storedNames(home)).toEqual([NFC])
    expect(await remove(NFD, { home })).toMatchObject({ status: 0 })
    expect(await storedNames(home)).toEqual([])
  })

  it('shows twins with escapes in a list, and other names as they are', async () => {
    const { home } = await storedTwins()
    await add('\u00fcbung', await ownedDatabase(), { home })
    const names = (await cli(['db', 'list'], { home })).stdout.split('\n').map((line) => line.split(' ')[0])
    expect(names).toEqual(expect.arrayContaining(['caf\\u00e9', 'cafe\\u0301', '\u00fcbung']))
    const tested = await cli(['db', 'test', '--all'], { home })
    expect(tested.stdout).toContain('cafe\\u0301')
    expect(tested.stderr).toContain('caf\\u00e9')
    const missing = await cli(['db', 'show', '--no-input'], { home })
    expect(missing.stderr).toContain('"caf\\u00e9"')
  })

  it('a list to choose from shows what twins stand for, and finds them in every form', async () => {
    const { home, settings } = await storedTwins()
    for (const [typed, database] of [
      [NFD, settings.database],
      [NFC, 'twin'],
      ['cafe\\u0301', settings.database],
    ] as const) {
      const terminal = startTerminal(['db', 'show'], { home, columns: 120 })
      await terminal.see('Database to show')
      await terminal.see('select')
      terminal.type('caf')
      await terminal.see('cafe\\u0301')
      expect(terminal.screen()).toContain('caf\\u00e9')
      terminal.type(typed.slice(3))
      await terminal.see(`database "${database}" on`)
      terminal.type(ENTER)
      await terminal.ended()
      expect(terminal.screen()).toMatch(new RegExp(`database +${database}`))
    }
  })

  it.each([
    ['a b', 'a\u00a0b'],
    ['a b', 'a  b'],
    ['a b', 'a\u3000b'],
    ['A1', '\uff21\uff11'],
    ['\u2764\ufe0f', '\u2764'],
    ['\u212b', '\u00c5'],
  ])('does not store %j beside %j', async (stored, twin) => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    expect(await add(stored, settings, { home })).toMatchObject({ status: 0 })
    const run = await add(twin, await ownedDatabase(), { home })
    expect(errorOf(run)).toMatchObject({ code: 'NAME_TAKEN', field: 'name' })
    expect(await add('other', await ownedDatabase(), { home })).toMatchObject({ status: 0 })
    const renamed = await cli(['db', 'edit', 'other', '--rename', twin, '--json'], { home })
    expect(errorOf(renamed)).toMatchObject({ code: 'NAME_TAKEN', field: 'rename' })
  })
})
