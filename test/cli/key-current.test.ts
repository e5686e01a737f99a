import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openStore } from '../../src/store/index.ts'
import { cli, connectionArguments, errorOf, type Run, startCli } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { preparedHome } from '../support/installed.ts'
import { startProxy } from '../support/proxy.ts'

/** A fresh internal database whose key is rotated as soon as a command connects to a database. */
async function rotatedMeanwhile() {
  const home = await preparedHome()
  const settings = await ownedDatabase()
  let rotated: Promise<Run> | null = null
  const proxy = await startProxy({
    target: settings,
    delayMs: 700,
    onPassage: () => {
      rotated ??= cli(['secret-key', 'rotate', '--yes'], { home })
      return 'pass'
    },
  })
  onTestFinished(() => proxy.close())
  return {
    home,
    settings: { ...settings, host: proxy.host, port: proxy.port },
    rotation: () => rotated,
  }
}

it('stores nothing first under a key that was rotated meanwhile, in db add', async () => {
  const { home, settings, rotation } = await rotatedMeanwhile()
  const args = ['db', 'add', 'library', ...connectionArguments(settings), '--password-stdin']
  const run = await cli([...args, '--register-only', '--json', '--yes'], {
    home,
    input: settings.password ?? '',
  })
  expect(await rotation()).toMatchObject({ status: 0 })
  expect(run, run.stderr).toMatchObject({ status: 9 })
  expect(errorOf(run)).toMatchObject({ code: 'SECRET_KEY_MISMATCH', hint: expect.stringContaining('again') })
  const list = await cli(['db', 'list', '--json'], { home })
  expect(JSON.parse(list.stdout)).toEqual([])
})

it('stores nothing first under a key that was rotated meanwhile, in db import', async () => {
  const { home, settings, rotation } = await rotatedMeanwhile()
  const [source, keyFile] = [join(home, 'source.sqlite3'), join(home, 'source_key')]
  writeFileSync(keyFile, 'key-of-the-source', { mode: 0o600 })
  const store = await openStore(source, () => readFileSync(keyFile, 'utf8'), { create: true })
  await store.register('library', settings, { schema: null })
  await store.close()
  const flags = ['--from', source, '--from-secret-key-file', keyFile, '--yes', '--json']
  const { done } = startCli(['db', 'import', ...flags], { home })
  const run = await done
  expect(await rotation()).toMatchObject({ status: 0 })
  expect(run.status, run.stdout + run.stderr).toBe(9)
  expect(run.stdout + run.stderr).toContain('SECRET_KEY_MISMATCH')
  const list = await cli(['db', 'list', '--json'], { home })
  expect(JSON.parse(list.stdout)).toEqual([])
})
