import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { openStore } from '../../src/store/index.ts'
import { cli, connectionArguments, errorOf, type Run, startCli, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { preparedHome } from '../support/installed.ts'
import { createInternalDatabase, type MathesarStep } from '../support/mathesar-database.ts'
import { startProxy } from '../support/proxy.ts'
import { ENTER, startTerminal } from '../support/terminal.ts'

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

/** Creates an internal database that stores `library`, and returns the flags that import from it. */
async function sourceWith(settings: ConnectionSettings, home: string): Promise<string[]> {
  const [source, keyFile] = [join(home, 'source.sqlite3'), join(home, 'source_key')]
  writeFileSync(keyFile, 'key-of-the-source', { mode: 0o600 })
  const store = await openStore(source, () => readFileSync(keyFile, 'utf8'), { create: true })
  await store.register('library', settings, { schema: null })
  await store.close()
  return ['--from', source, '--from-secret-key-file', keyFile]
}

/** An empty internal database of a Mathesar, and the whole rotation of the key in its `.env` file. */
async function liveMathesar(step: MathesarStep) {
  const home = temporaryDirectory()
  const internal = await createInternalDatabase({ step })
  const envFile = join(home, '.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  const rotate = async () => {
    const run = await cli(['secret-key', 'rotate', '--yes', '--env-file', envFile], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    return run.stderr
  }
  return {
    home,
    envFile,
    async rotate() {
      await rotate()
      const newKey = readFileSync(join(home, '.config/mathesarctl/secret_key.new'), 'utf8')
      writeFileSync(envFile, internal.envFile.replace(internal.secretKey, newKey))
      const [, removal = ''] = /^ {2}(rm .*)$/m.exec(await rotate()) ?? []
      execFileSync('sh', ['-c', removal])
      expect(readdirSync(join(home, '.config/mathesarctl'))).toEqual([])
    },
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
  const flags = [...(await sourceWith(settings, home)), '--yes', '--json']
  const { done } = startCli(['db', 'import', ...flags], { home })
  const run = await done
  expect(await rotation()).toMatchObject({ status: 0 })
  expect(run.status, run.stdout + run.stderr).toBe(9)
  expect(run.stdout + run.stderr).toContain('SECRET_KEY_MISMATCH')
  const list = await cli(['db', 'list', '--json'], { home })
  expect(JSON.parse(list.stdout)).toEqual([])
})

it.each(['0012', 'legacy-serial'] as const)(
  'stores nothing first under a key that was rotated at the question of a command, in a Mathesar at %s',
  async (step) => {
    const { home, envFile, rotate } = await liveMathesar(step)
    const settings = await ownedDatabase()
    const source = await sourceWith(settings, home)
    const connection = [...connectionArguments(settings), '--password-file', join(home, 'password')]
    writeFileSync(join(home, 'password'), settings.password ?? '', { mode: 0o600 })
    const commands = [
      ['import', 'library', ...source],
      ['add', 'library', ...connection, '--register-only'],
      // A Mathesar 0.2.0 or later needs the SQL of its release.
      ...(step === 'legacy-serial' ? [['add', 'library', ...connection]] : []),
    ]
    const terminals = commands.map((args) => startTerminal(['db', ...args, '--env-file', envFile], { home }))
    await Promise.all(terminals.map((terminal) => terminal.see(/\(y\/N\)|\(Y\/n\)/)))
    await rotate()
    for (const terminal of terminals) {
      terminal.type(`y${ENTER}`)
      const { status } = await terminal.ended()
      expect(status, terminal.screen()).toBe(9)
      expect(terminal.screen()).toContain('The secret key was replaced while this command ran')
    }
    const list = await cli(['db', 'list', '--json', '--env-file', envFile], { home })
    expect(JSON.parse(list.stdout)).toEqual([])
  },
)
