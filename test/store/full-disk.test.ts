import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { add, open, settings } from './support.ts'

// A file system of half a megabyte; only root may mount one.
const mountPoint = mkdtempSync(join(tmpdir(), 'mathesarctl-full-'))
const isMounted =
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=512k,mode=755', 'tmpfs', mountPoint]).status === 0

afterAll(() => {
  if (isMounted) spawnSync('umount', ['-l', mountPoint])
  rmSync(mountPoint, { recursive: true, force: true })
})

/** Takes all that is left of the disk. */
function fill(): void {
  for (const size of [65_536, 4096, 1]) {
    for (let i = 0; i < 200; i++) {
      try {
        writeFileSync(join(mountPoint, `filler-${size}-${i}`), Buffer.alloc(size))
      } catch {
        break
      }
    }
  }
}

function makeRoom(): void {
  for (const name of readdirSync(mountPoint)) {
    if (name.startsWith('filler')) rmSync(join(mountPoint, name))
  }
}

it.skipIf(!isMounted)(
  'reports a full disk, changes nothing, and works again once there is room',
  async () => {
    mkdirSync(join(mountPoint, 'data'), { mode: 0o700 })
    const path = join(mountPoint, 'data', 'internal.sqlite3')
    const full = { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/disk is full/) }

    fill()
    await expect(openStore(path, () => 'key', { create: true })).rejects.toMatchObject(full)
    makeRoom()

    const store = await open(path)
    const stored = await add(store, 'a')
    const held = await store.begin({ kind: 'add', name: 'b', settings: settings() })
    fill()
    // The log has room for little: one of these comes upon its end.
    const long = settings({ password: 'x'.repeat(100_000) })
    await expect(store.begin({ kind: 'add', name: 'c', settings: long })).rejects.toMatchObject(full)
    await expect(store.update('a', long)).rejects.toMatchObject(full)
    expect(await store.list()).toEqual([stored])
    expect(await store.settings('a')).toEqual(settings())
    expect(await store.interrupted()).toEqual([])
    makeRoom()

    await held.completeAdd(null)
    await add(store, 'c')
    expect(await store.names()).toEqual(['a', 'b', 'c'])
    expect(readdirSync(join(mountPoint, 'data')).filter((name) => name.endsWith('.lock'))).toEqual([])
    await store.close()
  },
)

it.skipIf(!isMounted)(
  'reports a full disk however much is missing when it creates the database',
  async () => {
    for (const kibibytes of [0, 4, 8, 12, 16, 24, 32, 40, 48, 56]) {
      const place = join(mountPoint, `of-${kibibytes}`)
      mkdirSync(place, { mode: 0o700 })
      writeFileSync(join(mountPoint, 'reserve'), Buffer.alloc(kibibytes * 1024))
      fill()
      rmSync(join(mountPoint, 'reserve'))
      const opened = openStore(join(place, 'internal.sqlite3'), () => 'key', { create: true })
      const outcome = await opened.then(
        async (store) => {
          await store.close()
          return 'created'
        },
        (error: Error) => error.message,
      )
      expect([kibibytes, outcome]).toEqual([
        kibibytes,
        expect.stringMatching(/^created$|: the disk is full\.$/),
      ])
      makeRoom()
      rmSync(place, { recursive: true })
    }
  },
)
