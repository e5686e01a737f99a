import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PUBLIC_KEY } from '../../src/secrets/live-key.ts'
import { cli, errorOf, temporaryDirectory } from '../support/cli.ts'
import { storedLibrary } from '../support/installed.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'
import { CTRL_C, startTerminal } from '../support/terminal.ts'

const config = (home: string, name = '') => join(home, '.config/mathesarctl', name)

/** The database of mathesarctl itself, and a rotation of its key that was killed before or after COMMIT. */
async function killedRotation(phase: 'before' | 'after') {
  const { home } = await storedLibrary()
  const data = join(home, '.local/share/mathesarctl')
  cpSync(data, join(home, 'before'), { recursive: true })
  const rotated = await cli(['secret-key', 'rotate', '--yes'], { home })
  expect(rotated, rotated.stderr).toMatchObject({ status: 0 })
  const names = readdirSync(config(home))
  for (const name of names.filter((one) => one.includes('.rotated-'))) rmSync(config(home, name))
  const copy = config(home, names.find((name) => name.includes('.old-')) ?? '')
  if (phase === 'before') cpSync(join(home, 'before'), data, { recursive: true })
  rmSync(config(home, 'secret_key'))
  return { home, copy }
}

/** A Mathesar 0.1.7 with the key that it contains, after the first run of a rotation. */
async function rotatedBuiltIn() {
  const home = temporaryDirectory()
  const internal = await createInternalDatabase({ step: 'legacy-serial', secretKey: PUBLIC_KEY })
  const [user, password] = await Promise.all([internal.encrypt('ann'), internal.encrypt('of ann')])
  await internal.query(
    `INSERT INTO mathesar_database (created_at, updated_at, name, deleted, db_name, host, port, username, password)
     VALUES (now(), now(), 'library', false, 'library', 'db.example.com', 5432, $1, $2)`,
    [user, password],
  )
  const envFile = join(home, '.env')
  writeFileSync(envFile, internal.envFile.replace(/^SECRET_KEY=.*$/m, ''), { mode: 0o600 })
  const run = await cli(['secret-key', 'rotate', '--yes', '--env-file', envFile], { home })
  expect(run, run.stderr).toMatchObject({ status: 0 })
  return { home, envFile, internal }
}

describe('an error about a missing key during a rotation', () => {
  it('names the new key file where a Mathesar 0.1.x used the key that it contains', async () => {
    const { home, envFile, internal } = await rotatedBuiltIn()
    for (const args of [
      ['db', 'list', '--env-file', envFile],
      ['db', 'show', 'library', '--env-file', envFile],
      ['setup', '--no-input', '--env-file', envFile],
      ['setup', '--no-input', '--internal-db', internal.url],
    ]) {
      const run = await cli([...args, '--json'], {
        home,
        env: { PGPASSWORD: internal.settings.password ?? '' },
      })
      expect(errorOf(run), args.join(' ')).toMatchObject({
        code: 'SECRET_KEY_MISSING',
        hint: expect.stringContaining(config(home, 'secret_key.new')),
      })
    }
    const tested = await cli(['db', 'test', '--all', '--json', '--env-file', envFile], { home })
    expect(tested.stdout + tested.stderr).toContain('SECRET_KEY_MISSING')
    expect(tested.stdout + tested.stderr).toContain(config(home, 'secret_key.new'))
    const terminal = startTerminal(['setup', '--env-file', envFile], { home })
    await terminal.see('What do you want to do?')
    expect(terminal.screen().replace(/\s+/g, '')).toContain(config(home, 'secret_key.new'))
    terminal.type(CTRL_C)
    await terminal.ended()
  })

  it.each([
    { phase: 'after', of: 'new key' },
    { phase: 'before', of: 'copy of the old key' },
  ] as const)(
    'names the file of the $of where the key file was lost $phase the re-encryption',
    async ({ phase }) => {
      const { home, copy } = await killedRotation(phase)
      const right = phase === 'after' ? config(home, 'secret_key.new') : copy
      const command = `cp -p ${right} ${config(home, 'secret_key')}`
      for (const args of [
        ['db', 'list'],
        ['secret-key', 'rotate'],
        ['setup', '--no-input'],
      ]) {
        const run = await cli([...args, '--json'], { home })
        expect(run.status, args.join(' ')).toBe(9)
        expect(errorOf(run), args.join(' ')).toMatchObject({ code: 'SECRET_KEY_MISSING' })
        expect(errorOf(run).hint.split('\n'), args.join(' ')).toContain(`  ${command}`)
      }
      const named = await cli(['db', 'list', '--json', '--secret-key-file', config(home, 'none')], { home })
      expect(errorOf(named).hint).toContain(`Pass --secret-key-file`)
      execFileSync('sh', ['-c', command])
      const finished = await cli(['secret-key', 'rotate', '--yes', '--json'], { home })
      expect(JSON.parse(finished.stdout), finished.stderr).toMatchObject({ status: 'finished' })
      expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
    },
  )

  it('stays as it is where no rotation has begun', async () => {
    const { home } = await storedLibrary()
    rmSync(config(home, 'secret_key'))
    const run = await cli(['db', 'list', '--json'], { home })
    expect(errorOf(run)).toMatchObject({ code: 'SECRET_KEY_MISSING' })
    expect(errorOf(run).hint).not.toContain('rotate')
  })
})
