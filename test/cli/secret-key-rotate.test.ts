import { execFileSync } from 'node:child_process'
import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { decrypt, deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import { cli, connectionArguments, type Run, temporaryDirectory } from '../support/cli.ts'
import { storedLibrary } from '../support/installed.ts'
import { createInternalDatabase, type InternalDatabase } from '../support/mathesar-database.ts'
import { writeReleaseTree } from '../support/release-tree.ts'
import { simulateApplication } from '../support/simulated-application.ts'
import { CTRL_C, ENTER, startTerminal } from '../support/terminal.ts'

const REQUEST = { host: 'db.example.com', port: 5432, database: 'library', role: 'ann', password: 'of ann' }

const text = (path: string) => readFileSync(path, 'utf8')
const config = (home: string, name = '') => join(home, '.config/mathesarctl', name)

/** Runs the command, whose output must never contain a key. */
async function rotate(home: string, args: readonly string[] = [], env = {}): Promise<Run> {
  const run = await cli(['secret-key', 'rotate', ...args], { home, env })
  for (const name of existsSync(config(home)) ? readdirSync(config(home)) : []) {
    if (!name.startsWith('secret_key')) continue
    expect(run.stdout + run.stderr).not.toContain(text(config(home, name)))
  }
  return run
}

/** An internal database of a Mathesar with one role, and a home directory with its `.env` file. */
async function mathesar(): Promise<{ home: string; envFile: string; internal: InternalDatabase }> {
  const home = temporaryDirectory()
  const internal = await createInternalDatabase()
  const token = await internal.encrypt(REQUEST.password)
  await simulateApplication(internal).connect(REQUEST)
  await internal.query('UPDATE mathesar_configuredrole SET password = $1', [token])
  const envFile = join(home, '.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  return { home, envFile, internal }
}

/** Returns the lines that the operator is told to run. */
function linesToRun({ stderr }: Run): string[] {
  return stderr.split('\n').flatMap((line) => (line.startsWith('  ') ? line.slice(2) : []))
}

function withoutPassword(url: string): string {
  const bare = new URL(url)
  bare.password = ''
  return bare.href
}

async function passwordUnder(key: string, { query }: InternalDatabase) {
  const [row] = await query<{ password: string }>('SELECT password FROM mathesar_configuredrole')
  return decrypt(row?.password ?? '', await deriveKey(key))
}

describe('secret-key rotate on an internal database of its own', () => {
  it('re-encrypts the credentials, and the next command uses the new key', async () => {
    const { home } = await storedLibrary()
    const old = text(config(home, 'secret_key'))
    const run = await rotate(home)
    expect(run, run.stderr).toMatchObject({ status: 0, stdout: '' })
    expect(run.stderr).toContain('1 stored database')
    expect(run.stderr).toContain(config(home, 'secret_key.new'))
    expect(text(config(home, 'secret_key'))).not.toBe(old)
    expect((statSync(config(home, 'secret_key')).mode & 0o777).toString(8)).toBe('600')
    expect(await cli(['db', 'test', 'library'], { home })).toMatchObject({ status: 0 })
    const backup = readdirSync(config(home)).find((name) => name.includes('.old-')) ?? ''
    expect(text(config(home, backup))).toBe(old)
    const wrong = await cli(['db', 'list', '--secret-key-file', config(home, backup)], { home })
    expect(wrong).toMatchObject({ status: 9 })
    const right = await cli(['db', 'list', '--secret-key-file', config(home, 'secret_key.new')], { home })
    expect(right).toMatchObject({ status: 0 })
  })

  it('prints one JSON document with paths', async () => {
    const { home } = await storedLibrary()
    const planned = await rotate(home, ['--json', '--dry-run'])
    expect(JSON.parse(planned.stdout)).toMatchObject({ status: 'planned', reencrypted: { database: 1 } })
    expect(readdirSync(config(home))).not.toContain('secret_key.new')
    const run = await rotate(home, ['--json', '--yes'])
    expect(JSON.parse(run.stdout)).toMatchObject({
      status: 'finished',
      reencrypted: { database: 1 },
      newSecretKeyFile: config(home, 'secret_key.new'),
      replacedSecretKeyFile: config(home, 'secret_key'),
      backup: expect.stringContaining(config(home, 'secret_key.old-')),
      toSet: null,
      shouldRestart: false,
    })
  })

  it('states that the rotation is over, and which files may be deleted', async () => {
    const { home } = await storedLibrary()
    const planned = await rotate(home, ['--dry-run'])
    expect(planned.stderr).toContain(`The new key would go into ${config(home, 'secret_key.new')}.`)
    expect(planned.stderr).toContain(`${config(home, 'secret_key')} would get the new key`)
    const run = await rotate(home)
    expect(run.stderr).toContain('The rotation is finished: do not run the command again.')
    const [remove = ''] = linesToRun(run)
    expect(remove).toMatch(/^rm .*secret_key\.new .*secret_key\.new\.for .*\.rotated-.* .*\.old-/)
    execFileSync('sh', ['-c', remove])
    expect(readdirSync(config(home)).filter((name) => name.startsWith('secret_key'))).toEqual(['secret_key'])
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
    expect(await rotate(home)).toMatchObject({ status: 0 })
  })

  it('names no Mathesar where the key does not fit', async () => {
    const { home } = await storedLibrary()
    const wrong = join(home, 'wrong')
    writeFileSync(wrong, 'wrong', { mode: 0o600 })
    for (const args of [['secret-key', 'rotate'], ['db', 'list'], ['setup']]) {
      const run = await cli([...args, '--json', '--secret-key-file', wrong], { home })
      const { code, hint } = JSON.parse(run.stderr).error
      expect(code, args.join(' ')).toBe('SECRET_KEY_MISMATCH')
      if (args[1] === 'rotate') expect(hint).toContain('without --secret-key-file')
      else expect(hint).toContain('the key of this internal database')
      expect(text(wrong)).toBe('wrong')
    }
  })

  it('finishes a rotation whose key is in a variable, with the file that the first run named', async () => {
    const { home } = await storedLibrary()
    const old = text(config(home, 'secret_key'))
    const path = join(home, 'keys', 'new')
    const run = await rotate(home, ['--new-secret-key-file', path], { SECRET_KEY: old })
    expect(run.stderr).toContain(`Set the variable SECRET_KEY to the content of ${path}.`)
    expect(linesToRun(run)).toEqual([`mathesarctl secret-key rotate --new-secret-key-file ${path}`])
    const list = await cli(['db', 'list', '--json'], { home, env: { SECRET_KEY: old } })
    expect(JSON.parse(list.stderr).error.hint).toContain(path)
    const again = await rotate(home, ['--json'], { SECRET_KEY: text(path) })
    expect(JSON.parse(again.stdout)).toMatchObject({ status: 'finished', newSecretKeyFile: path })
  })

  it('puts the new key into the key file that a variable outranks, and is over once the variable has it', async () => {
    const { home } = await storedLibrary()
    const old = text(config(home, 'secret_key'))
    const first = await rotate(home, ['--json'], { SECRET_KEY: old })
    expect(JSON.parse(first.stdout)).toMatchObject({
      status: 'rotated',
      replacedSecretKeyFiles: [config(home, 'secret_key')],
      toSet: { kind: 'environment' },
    })
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
    const stale = await rotate(home, [], { SECRET_KEY: old })
    expect(stale.stderr).toContain('Set the variable SECRET_KEY')
    expect(stale.stderr).not.toContain('rm ')
    const newKey = text(config(home, 'secret_key.new'))
    const finished = await rotate(home, [], { SECRET_KEY: newKey })
    expect(finished.stderr).toContain('is finished')
    for (const line of linesToRun(finished)) execFileSync('sh', ['-c', line])
    expect(readdirSync(config(home)).filter((name) => name.startsWith('secret_key'))).toEqual(['secret_key'])
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
  })

  it.runIf(process.geteuid?.() === 0)(
    'is not over while the key file that a variable outranks has the old key',
    async () => {
      const { home } = await storedLibrary()
      const theirs = join(home, 'theirs')
      mkdirSync(theirs)
      const path = join(theirs, 'key')
      renameSync(config(home, 'secret_key'), path)
      for (const name of [theirs, path]) chownSync(name, 65_534, 65_534)
      writeFileSync(config(home, 'config.yaml'), `secret-key-file: ${path}\n`, { mode: 0o600 })
      await rotate(home, [], { SECRET_KEY: text(path) })
      const newKeyFile = config(home, 'secret_key.new')
      const again = await rotate(home, [], { SECRET_KEY: text(newKeyFile) })
      expect(again.stderr).not.toContain('is finished')
      const [set = ''] = linesToRun(again)
      expect(set).toBe(`cat ${newKeyFile} > ${path}`)
      execFileSync('sh', ['-c', set])
      const finished = await rotate(home, ['--json'], { SECRET_KEY: text(newKeyFile) })
      expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished' })
    },
  )

  it('puts the new key into the key file of the settings where a variable names a copy of it', async () => {
    const { home } = await storedLibrary()
    const copy = join(home, 'copy')
    copyFileSync(config(home, 'secret_key'), copy)
    const run = await rotate(home, [], { MATHESAR_SECRET_KEY_FILE: copy })
    expect(run.stderr).toContain('The rotation is finished')
    for (const line of linesToRun(run).filter((one) => one.startsWith('rm ')))
      execFileSync('sh', ['-c', line])
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
    const env = { MATHESAR_SECRET_KEY_FILE: copy }
    expect(await cli(['db', 'list'], { home, env })).toMatchObject({ status: 0 })
  })

  it('never encrypts under the key that the key file of another internal database has', async () => {
    const { home } = await storedLibrary()
    expect(await rotate(home)).toMatchObject({ status: 0 })
    const key = text(config(home, 'secret_key'))
    expect(text(config(home, 'secret_key.new'))).toBe(key)
    const other = join(home, 'other.sqlite3')
    const keyFile = join(home, 'other_key')
    writeFileSync(keyFile, 'other-key', { mode: 0o600 })
    const flags = ['--internal-db', other, '--secret-key-file', keyFile]
    expect(await cli(['setup', '--yes', ...flags], { home })).toMatchObject({ status: 0 })
    const file = join(home, '.local/share/mathesarctl/internal.sqlite3')
    const from = ['--from', file, '--from-secret-key-file', config(home, 'secret_key')]
    rmSync(config(home, 'config.yaml'), { force: true })
    expect(await cli(['db', 'import', ...from, '--yes', ...flags], { home })).toMatchObject({ status: 0 })
    const planned = ['--internal-db', other, '--dry-run', '--json']
    const byVariable = await rotate(home, planned, { SECRET_KEY: 'other-key' })
    expect(JSON.parse(byVariable.stdout)).toMatchObject({ replacedSecretKeyFiles: [], current: 0 })
    const run = await rotate(home, ['--json', ...flags])
    expect(JSON.parse(run.stdout), run.stderr).toMatchObject({
      status: 'finished',
      replacedSecretKeyFiles: [keyFile],
    })
    expect([text(keyFile), text(config(home, 'secret_key'))]).not.toContain('other-key')
    expect(text(keyFile)).not.toBe(key)
    expect(text(config(home, 'secret_key'))).toBe(key)
  })

  it('asks at a terminal, and changes nothing if the operator declines', async () => {
    const { home } = await storedLibrary()
    const files = readdirSync(config(home))
    const question = 'Re-encrypt the credentials now?'
    for (const answer of [`n${ENTER}`, CTRL_C]) {
      const terminal = startTerminal(['secret-key', 'rotate'], { home })
      await terminal.see(question)
      terminal.type(answer)
      expect((await terminal.ended()).status).not.toBe(0)
    }
    expect(readdirSync(config(home))).toEqual(files)
    const terminal = startTerminal(['secret-key', 'rotate'], { home })
    await terminal.see(question)
    expect(terminal.screen()).toContain('1 stored database')
    terminal.type(ENTER)
    expect((await terminal.ended()).status).toBe(0)
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
  })

  it('writes the new key where a flag says so, and refuses a place that cannot be written', async () => {
    const { home } = await storedLibrary()
    const refused = await rotate(home, ['--new-secret-key-file', '/proc/none/key'])
    expect(refused).toMatchObject({ status: 2 })
    const path = join(home, 'keys', 'new')
    expect(await rotate(home, ['--new-secret-key-file', path])).toMatchObject({ status: 0 })
    expect(text(path)).toBe(text(config(home, 'secret_key')))
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
  })

  it('does not tell to replace the key of a Mathesar that reads the same .env file', async () => {
    const { home } = await storedLibrary()
    const envFile = join(home, 'mathesar.env')
    writeFileSync(envFile, `SECRET_KEY=${text(config(home, 'secret_key'))}\n`, { mode: 0o600 })
    const run = await rotate(home, ['--env-file', envFile])
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('do not change that file')
    const newKeyFile = config(home, 'secret_key.new')
    expect(run.stderr).toContain(`--secret-key-file ${newKeyFile}`)
    expect(await cli(['db', 'list', '--secret-key-file', newKeyFile], { home })).toMatchObject({ status: 0 })
  })

  it('keeps the only file of its key, and gives that key to no Mathesar', async () => {
    const { home, envFile, internal } = await mathesar()
    const own = join(home, 'own.sqlite3')
    const shared = join(home, 'shared.env')
    writeFileSync(shared, 'SECRET_KEY=shared-key-of-both\n', { mode: 0o600 })
    const flags = ['--internal-db', own, '--env-file', shared]
    expect(await cli(['setup', '--yes', ...flags], { home })).toMatchObject({ status: 0 })
    await rotate(home, flags)
    const newKeyFile = config(home, 'secret_key.new')
    const key = text(newKeyFile)
    const finished = await rotate(home, [...flags, '--secret-key-file', newKeyFile])
    expect(finished.stderr).toContain('is finished')
    for (const line of linesToRun(finished)) execFileSync('sh', ['-c', line])
    const refused = await rotate(home, ['--env-file', envFile, '--json'])
    expect(refused).toMatchObject({ status: 2 })
    expect(JSON.parse(refused.stderr).error.message).toContain('another one')
    expect(await passwordUnder(internal.secretKey, internal)).toMatchObject({ kind: 'decrypted' })
    expect(text(newKeyFile)).toBe(key)
  })
})

describe('secret-key rotate on the internal database of a Mathesar', () => {
  it('changes no file of that Mathesar, and states what to set and restart', async () => {
    const { home, envFile, internal } = await mathesar()
    const before = text(envFile)
    const run = await rotate(home, ['--env-file', envFile])
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(text(envFile)).toBe(before)
    expect(run.stderr).toContain(`Set SECRET_KEY in ${envFile}`)
    expect(run.stderr).toContain('restart Mathesar')
    expect(run.stderr).toContain('web sessions end')
    expect(run.stderr).toContain(`\n  mathesarctl secret-key rotate --env-file ${envFile}\n`)
    const newKey = text(config(home, 'secret_key.new'))
    expect(await passwordUnder(newKey, internal)).toEqual({ kind: 'decrypted', plaintext: 'of ann' })
  })

  it('refuses while Mathesar is connected, unless a flag says otherwise', async () => {
    const { home, envFile, internal } = await mathesar()
    const client = await internal.connect()
    await client.query("SET application_name = 'Mathesar Django'")
    const refused = await rotate(home, ['--env-file', envFile, '--json'])
    expect(refused).toMatchObject({ status: 1 })
    expect(JSON.parse(refused.stderr).error).toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('Mathesar Django'),
      hint: expect.stringContaining('--while-running'),
    })
    expect(existsSync(config(home, 'secret_key.new'))).toBe(false)
    const run = await rotate(home, ['--env-file', envFile, '--while-running'])
    expect(run, run.stderr).toMatchObject({ status: 0 })
  })

  it('finishes with the new key in the .env file, and other commands name the rotation until then', async () => {
    const { home, envFile, internal } = await mathesar()
    await rotate(home, ['--env-file', envFile])
    const meanwhile = await cli(['db', 'edit', 'library', '--host', 'x', '--json', '--env-file', envFile], {
      home,
    })
    expect(meanwhile.status).toBe(9)
    expect(JSON.parse(meanwhile.stderr).error).toMatchObject({
      code: 'SECRET_KEY_MISMATCH',
      hint: expect.stringContaining(config(home, 'secret_key.new')),
    })
    writeReleaseTree(join(home, 'mathesar'), '0.11.0')
    for (const args of [
      ['test', '--all'],
      ['upgrade', '--all', '--dry-run', '--schema-source', join(home, 'mathesar')],
    ]) {
      const rows = await cli(['db', ...args, '--json', '--env-file', envFile], { home })
      expect(rows.stdout, args.join(' ')).toContain('SECRET_KEY_MISMATCH')
      expect(rows.stdout, args.join(' ')).toContain(config(home, 'secret_key.new'))
    }
    const newKey = text(config(home, 'secret_key.new'))
    await internal.query('UPDATE mathesar_configuredrole SET password = $1', [await internal.encrypt('late')])
    writeFileSync(envFile, internal.envFile.replace(internal.secretKey, newKey))
    const run = await rotate(home, ['--env-file', envFile, '--json'])
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'finished', reencrypted: { role: 1 } })
    expect(await passwordUnder(newKey, internal)).toEqual({ kind: 'decrypted', plaintext: 'late' })
  })

  it('rotates away from the key that Mathesar 0.1.x contains', async () => {
    const { PUBLIC_KEY } = await import('../../src/secrets/live-key.ts')
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
    const before = await cli(['db', 'list', '--env-file', envFile], { home })
    expect(before.stderr).toContain('This Mathesar has no SECRET_KEY of its own')
    expect(before.stderr).toContain(`  mathesarctl secret-key rotate --env-file ${envFile}\n`)
    for (const run of [
      await rotate(home, ['--env-file', envFile]),
      await rotate(home, ['--env-file', envFile]),
    ]) {
      expect(run, run.stderr).toMatchObject({ status: 0 })
      expect(run.stderr).toContain(`Set SECRET_KEY in ${envFile}`)
      expect(run.stderr).not.toContain('Give it a key of its own')
    }
    const newKey = text(config(home, 'secret_key.new'))
    writeFileSync(envFile, internal.envFile.replace(/^SECRET_KEY=.*$/m, `SECRET_KEY=${newKey}`))
    const list = await cli(['db', 'list', '--json', '--env-file', envFile], { home })
    expect(JSON.parse(list.stdout)).toMatchObject([{ name: 'library', user: 'ann' }])
  })

  it('warns in a dry run too that nothing shows whether a Mathesar 0.1.x is running', async () => {
    const home = temporaryDirectory()
    const internal = await createInternalDatabase({ step: 'legacy-serial' })
    const [user, password] = await Promise.all([internal.encrypt('ann'), internal.encrypt('of ann')])
    await internal.query(
      `INSERT INTO mathesar_database (created_at, updated_at, name, deleted, db_name, host, port, username, password)
       VALUES (now(), now(), 'library', false, 'library', 'db.example.com', 5432, $1, $2)`,
      [user, password],
    )
    const envFile = join(home, '.env')
    writeFileSync(envFile, internal.envFile, { mode: 0o600 })
    for (const flags of [['--dry-run'], ['--yes']]) {
      const run = await rotate(home, ['--env-file', envFile, ...flags])
      expect(run.stderr).toContain('Nothing shows whether this Mathesar is running')
    }
    const running = await rotate(home, ['--env-file', envFile, '--dry-run', '--while-running'])
    expect(running.stderr).not.toContain('Nothing shows')
  })

  it('copies no other reading of the .env file where everything is under the new key', async () => {
    const { home, envFile, internal } = await mathesar()
    const line = `SECRET_KEY="${internal.secretKey}" # my key`
    writeFileSync(envFile, internal.envFile.replace(/^SECRET_KEY=.*$/m, line), { mode: 0o600 })
    const copies = () => readdirSync(config(home)).filter((name) => name.includes('.old-'))
    const first = await rotate(home, ['--env-file', envFile, '--yes'])
    expect(first, first.stderr).toMatchObject({ status: 0 })
    const [copy = ''] = copies()
    expect(text(config(home, copy))).toBe(internal.secretKey)
    const second = await rotate(home, ['--env-file', envFile, '--yes'])
    expect(second, second.stderr).toMatchObject({ status: 0 })
    expect(copies()).toEqual([copy])
    expect(second.stderr).toContain(`Copy of the old key: ${config(home, copy)}`)
  })

  it('prints the commands that set the new key in the .env file, and that delete what is left', async () => {
    const { home, envFile, internal } = await mathesar()
    const run = await rotate(home, ['--env-file', envFile])
    const [set = '', again = ''] = linesToRun(run)
    execFileSync('sh', ['-c', set])
    const newKey = text(config(home, 'secret_key.new'))
    expect(text(envFile)).toBe(internal.envFile.replace(internal.secretKey, newKey))
    expect((statSync(envFile).mode & 0o777).toString(8)).toBe('600')
    expect(again).toBe(`mathesarctl secret-key rotate --env-file ${envFile}`)
    const finished = await rotate(home, ['--env-file', envFile])
    expect(finished.stderr).toContain('Another run begins another rotation.')
    execFileSync('sh', ['-c', linesToRun(finished)[0] ?? ''])
    expect(readdirSync(config(home))).toEqual([])
  })

  it('prints no command for an .env file in which the key is written otherwise', async () => {
    const { home, envFile, internal } = await mathesar()
    writeFileSync(envFile, internal.envFile.replace('SECRET_KEY=', 'export SECRET_KEY='), { mode: 0o600 })
    const run = await rotate(home, ['--env-file', envFile])
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain(`Set SECRET_KEY in ${envFile}`)
    expect(run.stderr).not.toContain('printf')
  })

  it('recreates the container for a key in the .env file, and restarts it for one in a mounted file', async () => {
    const { home, internal } = await mathesar()
    const directory = join(home, 'mathesar')
    mkdirSync(directory)
    const envFile = join(directory, '.env')
    writeFileSync(envFile, internal.envFile, { mode: 0o600 })
    const service = 'services:\n  app:\n    image: mathesar/mathesar\n    network_mode: host\n'
    const compose = (rest: string) =>
      writeFileSync(join(directory, 'compose.yaml'), service + rest, { mode: 0o600 })
    const names = ['SECRET_KEY', ...[...internal.envFile.matchAll(/^POSTGRES_\w+/gm)].map(([name]) => name)]
    const environment = (all: string[]) =>
      `    environment:\n${all.map((name) => `      ${name}: \${${name}:-}\n`).join('')}`
    compose(environment(names))
    const first = await rotate(home, ['--env-file', envFile])
    expect(first, first.stderr).toMatchObject({ status: 0 })
    const [set = '', restart = ''] = linesToRun(first)
    expect(set).toContain('| sed ')
    expect(restart).toBe(`(cd ${directory} && docker compose up -d)`)
    execFileSync('sh', ['-c', set])
    await rotate(home, ['--env-file', envFile])
    const key = text(config(home, 'secret_key.new'))
    compose(`${environment(names.slice(1))}    volumes:\n      - ./msar/secrets:/code/.secrets\n`)
    const keyFile = join(directory, 'msar/secrets/secret_key.txt')
    mkdirSync(join(directory, 'msar/secrets'), { recursive: true })
    writeFileSync(keyFile, key, { mode: 0o600 })
    writeFileSync(envFile, internal.envFile.replace(/^SECRET_KEY=.*$/m, ''), { mode: 0o600 })
    const second = await rotate(home, ['--env-file', envFile])
    expect(second, second.stderr).toMatchObject({ status: 0 })
    const [copy = '', restartFile = ''] = linesToRun(second)
    expect(restartFile).toBe(`(cd ${directory} && docker compose restart app)`)
    execFileSync('sh', ['-c', copy])
    expect(text(keyFile)).toBe(text(config(home, 'secret_key.new')))
    const finished = await rotate(home, ['--env-file', envFile, '--json'])
    expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished' })
  })

  it.each([
    ['prod.env', 'compose.yaml', '--env-file prod.env up -d'],
    ['docker-compose.prod.yml', 'docker-compose.prod.yml', '-f docker-compose.prod.yml up -d'],
  ])(
    'names what Compose does not read by itself in the command that recreates the container: %s',
    async (named, file, flags) => {
      const { home, internal } = await mathesar()
      const directory = join(home, 'mathesar')
      mkdirSync(directory)
      const names = [...internal.envFile.matchAll(/^\w+(?==)/gm)].map(([name]) => name)
      const environment = names.map((name) => `      ${name}: \${${name}:-}\n`).join('')
      const service = 'services:\n  app:\n    image: mathesar/mathesar\n    network_mode: host\n'
      writeFileSync(join(directory, file), `${service}    environment:\n${environment}`, { mode: 0o600 })
      const override = join(directory, 'docker-compose.prod.override.yml')
      writeFileSync(override, 'services: { app: { environment: { SECRET_KEY: unread } } }\n', { mode: 0o600 })
      const envFile = join(directory, named === file ? '.env' : named)
      writeFileSync(envFile, internal.envFile, { mode: 0o600 })
      const run = await rotate(home, ['--env-file', join(directory, named)])
      expect(run, run.stderr).toMatchObject({ status: 0 })
      expect(run.stderr).toContain(`Set SECRET_KEY in ${envFile}`)
      expect(linesToRun(run)).toContain(`(cd ${directory} && docker compose ${flags})`)
    },
  )

  it.each([
    ['an env_file', 'mathesar.env', '    env_file: mathesar.env\n'],
    ['a Compose file', 'compose.yaml', ''],
  ])('names the file that gives the key of a Compose project where that is %s', async (_, name, rest) => {
    const { home, internal } = await mathesar()
    const directory = join(home, 'mathesar')
    mkdirSync(directory)
    const [envFile, place] = [join(directory, '.env'), join(directory, name)]
    writeFileSync(envFile, 'HTTP_PORT=80\n', { mode: 0o600 })
    writeFileSync(join(directory, 'mathesar.env'), internal.envFile, { mode: 0o600 })
    const variables = internal.envFile.replaceAll(/^(\w+)=(.*)$/gm, "      $1: '$2'")
    const service = 'services:\n  app:\n    image: mathesar/mathesar\n    network_mode: host\n'
    const compose = rest === '' ? `    environment:\n${variables}` : rest
    writeFileSync(join(directory, 'compose.yaml'), service + compose, { mode: 0o600 })
    const run = await rotate(home, ['--env-file', envFile, '--json'])
    expect(JSON.parse(run.stdout)).toMatchObject({ status: 'rotated', toSet: { path: place } })
    const again = await rotate(home, ['--env-file', envFile])
    expect(again.stderr).toContain(`Set SECRET_KEY in ${place} to the content of`)
    expect(again.stderr.includes('| sed ')).toBe(name === 'mathesar.env')
    writeFileSync(
      place,
      text(place).replace(internal.secretKey, () => text(config(home, 'secret_key.new'))),
    )
    const finished = await rotate(home, ['--env-file', envFile, '--json'])
    expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished' })
  })

  it('goes on with the file that the first run named, and names it to setup and to other commands', async () => {
    const { home, envFile, internal } = await mathesar()
    const path = join(home, 'new_key')
    const run = await rotate(home, ['--env-file', envFile, '--new-secret-key-file', 'new_key'])
    expect(linesToRun(run).at(-1)).toBe(
      `mathesarctl secret-key rotate --new-secret-key-file ${path} --env-file ${envFile}`,
    )
    for (const args of [
      ['db', 'edit', 'library', '--host', 'x'],
      ['setup', '--yes'],
    ]) {
      const other = await cli([...args, '--json', '--env-file', envFile], { home })
      expect(JSON.parse(other.stderr).error.hint, args.join(' ')).toContain(path)
    }
    const forgotten = await rotate(home, ['--json', '--env-file', envFile])
    expect(JSON.parse(forgotten.stdout)).toMatchObject({ status: 'rotated', newSecretKeyFile: path })
    const newKey = text(path)
    writeFileSync(envFile, internal.envFile.replace(internal.secretKey, newKey))
    const finished = await rotate(home, ['--json', '--env-file', envFile])
    expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished', newSecretKeyFile: path })
    expect(readdirSync(config(home)).filter((name) => name.startsWith('secret_key.new'))).toEqual([])
    const next = await rotate(home, ['--json', '--env-file', envFile])
    expect(JSON.parse(next.stdout)).toMatchObject({
      status: 'rotated',
      newSecretKeyFile: config(home, 'secret_key.new'),
    })
  })

  it('names the file that a rotation began with where another one is named', async () => {
    const { home, envFile } = await mathesar()
    const path = join(home, 'new_key')
    await rotate(home, ['--env-file', envFile, '--new-secret-key-file', path])
    const other = ['--json', '--env-file', envFile, '--new-secret-key-file', join(home, 'other_key')]
    const run = await rotate(home, other)
    expect(run.status).toBe(9)
    expect(JSON.parse(run.stderr).error.hint).toContain(path)
    expect(existsSync(join(home, 'other_key'))).toBe(false)
  })

  it('sets no key in a dated copy, and states that the .env file has the new one', async () => {
    const { home, envFile, internal } = await mathesar()
    const args = ['--env-file', envFile]
    await rotate(home, args)
    const newKey = text(config(home, 'secret_key.new'))
    writeFileSync(envFile, internal.envFile.replace(internal.secretKey, newKey))
    await rotate(home, args)
    await internal.query('UPDATE mathesar_configuredrole SET password = $1', [
      await internal.encrypt('restored'),
    ])
    const refused = await rotate(home, [...args, '--json'])
    const { hint } = JSON.parse(refused.stderr).error
    const copy = readdirSync(config(home)).find((name) => name.includes('.old-')) ?? ''
    expect(hint).toContain(config(home, copy))
    const run = await rotate(home, [...args, '--secret-key-file', config(home, copy)])
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(run.stderr).toContain('Re-encrypted 1 role')
    expect(run.stderr).toContain(`SECRET_KEY in ${envFile} has the new key already`)
    expect(linesToRun(run).join('\n')).not.toContain('>')
    expect(await passwordUnder(newKey, internal)).toEqual({ kind: 'decrypted', plaintext: 'restored' })
    // Where the rotation goes on, the .env file gets the new key, and the copy stays.
    writeFileSync(envFile, internal.envFile)
    await internal.query('UPDATE mathesar_configuredrole SET password = $1', [
      await internal.encrypt('restored'),
    ])
    const next = await rotate(home, [...args, '--secret-key-file', config(home, copy)])
    expect(next.stderr).toContain(`Set SECRET_KEY in ${envFile}`)
    expect(next.stderr).not.toMatch(/> .*secret_key\.(old|rotated)-/)
    expect(linesToRun(next).at(-1)).toBe(`mathesarctl secret-key rotate --env-file ${envFile}`)
    expect(text(config(home, copy))).toBe(internal.secretKey)
  })

  it('only warns in a dry run while Mathesar is connected', async () => {
    const { home, envFile, internal } = await mathesar()
    const client = await internal.connect()
    await client.query("SET application_name = 'Mathesar Django'")
    const run = await rotate(home, ['--env-file', envFile, '--json', '--dry-run'])
    expect(run).toMatchObject({ status: 0 })
    const { status, warnings } = JSON.parse(run.stdout)
    expect([status, warnings]).toEqual(['planned', [expect.stringContaining('--while-running')]])
    expect(existsSync(config(home, 'secret_key.new'))).toBe(false)
  })

  it('is not finished before the .env file has the new key, whatever a variable or a flag gives', async () => {
    const { home, envFile, internal } = await mathesar()
    const env = (SECRET_KEY: string) => ({ SECRET_KEY })
    const args = ['--env-file', envFile]
    const first = await rotate(home, args, env(internal.secretKey))
    const newKeyFile = config(home, 'secret_key.new')
    const newKey = text(newKeyFile)
    expect(first.stderr).toContain(`Set SECRET_KEY in ${envFile}`)
    expect(first.stderr).toContain('Set the variable SECRET_KEY')
    const unset = { status: 'rotated', toSet: { kind: 'env-file', path: envFile }, shouldRestart: true }
    const byVariable = await rotate(home, [...args, '--json'], env(newKey))
    expect(JSON.parse(byVariable.stdout)).toMatchObject(unset)
    const flag = ['--secret-key-file', newKeyFile]
    const byFlag = await rotate(home, [...args, ...flag, '--json'])
    expect(JSON.parse(byFlag.stdout)).toMatchObject(unset)
    const shown = await rotate(home, [...args, ...flag])
    expect(shown.stderr).not.toContain('finished.')
    const [set = '', again] = linesToRun(shown)
    expect(again).toBe(`mathesarctl secret-key rotate --env-file ${envFile}`)
    execFileSync('sh', ['-c', set])
    expect(text(envFile)).toContain(`SECRET_KEY=${newKey}\n`)
    const stale = await rotate(home, [...args, '--json'], env(internal.secretKey))
    expect(JSON.parse(stale.stdout)).toMatchObject({ status: 'rotated', toSet: { kind: 'environment' } })
    const finished = await rotate(home, [...args, '--json'])
    expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished', toSet: null })
  })

  it.each(['a variable', 'a pipe'])(
    'lists no file with the new key for deletion where %s alone gives it',
    async (place) => {
      const { home, internal } = await mathesar()
      const newKeyFile = config(home, 'secret_key.new')
      const run = async (key: string, json: string[] = []) => {
        const args = ['secret-key', 'rotate', '--internal-db', withoutPassword(internal.url), ...json]
        const env = { PGPASSWORD: internal.settings.password ?? '' }
        if (place === 'a variable') return cli(args, { home, env: { ...env, SECRET_KEY: key } })
        const wrapper = ['sh', '-c', 'cat | "$@"', 'sh']
        return cli([...args, '--secret-key-file', '/dev/stdin'], { home, env, input: key, wrapper })
      }
      const first = await run(internal.secretKey)
      expect(first, first.stderr).toMatchObject({ status: 0 })
      const newKey = text(newKeyFile)
      const finished = await run(newKey)
      expect(finished.stderr).toContain('is finished')
      expect(finished.stderr).toContain(`Keep ${newKeyFile}`)
      for (const line of linesToRun(finished)) execFileSync('sh', ['-c', line])
      expect(text(newKeyFile)).toBe(newKey)
      expect(readdirSync(config(home)).filter((name) => name.includes('.old-'))).toEqual([])
      const next = await run(newKey, ['--json'])
      expect(JSON.parse(next.stdout), next.stderr).toMatchObject({
        status: 'rotated',
        reencrypted: { role: 1 },
      })
      expect(text(newKeyFile)).not.toBe(newKey)
    },
  )

  it('is not finished while the .env file of that Mathesar has any other key, whatever gives the new one', async () => {
    const { home, envFile, internal } = await mathesar()
    const args = ['--env-file', envFile]
    await rotate(home, args)
    const newKeyFile = config(home, 'secret_key.new')
    const newKey = text(newKeyFile)
    writeFileSync(envFile, internal.envFile.replace(internal.secretKey, newKey.slice(0, -1)))
    expect(await rotate(home, args)).toMatchObject({ status: 9 })
    const byFlag = await rotate(home, [...args, '--secret-key-file', newKeyFile])
    expect(byFlag.stderr).toContain(`SECRET_KEY in ${envFile} is neither the old key nor the new one`)
    expect(byFlag.stderr).not.toMatch(/is finished|\n {2}rm /)
    const byVariable = await rotate(home, [...args, '--json'], { SECRET_KEY: newKey })
    expect(JSON.parse(byVariable.stdout)).toMatchObject({
      status: 'rotated',
      toSet: { kind: 'env-file', path: envFile },
      shouldRestart: true,
    })
    execFileSync('sh', ['-c', linesToRun(byFlag)[0] ?? ''])
    expect(text(envFile)).toContain(`SECRET_KEY=${newKey}\n`)
    const finished = await rotate(home, [...args, '--json'])
    expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished', toSet: null })
  })

  it('is not finished while the secret file of that Mathesar has any other key', async () => {
    const { home, envFile, internal } = await mathesar()
    const keyFile = join(home, '.secrets/secret_key.txt')
    mkdirSync(join(home, '.secrets'))
    writeFileSync(envFile, internal.envFile.replace(/^SECRET_KEY=.*\n/m, ''), { mode: 0o600 })
    writeFileSync(keyFile, internal.secretKey, { mode: 0o600 })
    const args = ['--env-file', envFile]
    await rotate(home, args)
    const newKeyFile = config(home, 'secret_key.new')
    writeFileSync(keyFile, text(newKeyFile).slice(0, -1))
    const run = await rotate(home, args, { SECRET_KEY: text(newKeyFile) })
    expect(run.stderr).toContain(`The key in ${keyFile} is neither the old key nor the new one`)
    expect(run.stderr).not.toMatch(/is finished|\n {2}rm /)
    execFileSync('sh', ['-c', linesToRun(run)[0] ?? ''])
    const finished = await rotate(home, [...args, '--json'])
    expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished', toSet: null })
  })

  it('does not tell to set the new key in the .env file of a Mathesar with another internal database', async () => {
    const { home, internal } = await mathesar()
    const theirs = join(home, 'theirs.env')
    const other = await createInternalDatabase({ secretKey: internal.secretKey })
    await simulateApplication(other).connect(REQUEST)
    writeFileSync(theirs, other.envFile, { mode: 0o600 })
    const env = { PGPASSWORD: internal.settings.password ?? '' }
    const place = ['--internal-db', withoutPassword(internal.url)]
    const args = [...place, '--env-file', theirs]
    const first = await rotate(home, args, env)
    expect(first, first.stderr).toMatchObject({ status: 0 })
    const message = first.stderr.replaceAll(/\s+/g, ' ')
    expect(message).toContain(`${theirs} names the internal database`)
    expect(message).toContain(`If ${theirs} is the file of another Mathesar, do not change it`)
    expect(linesToRun(first).at(-1)).toBe(
      `mathesarctl secret-key rotate --env-file PATH --internal-db ${withoutPassword(internal.url)}`,
    )
    expect(first.stderr).not.toContain('| sed ')
    const again = await rotate(home, [...args, '--json'], env)
    expect(JSON.parse(again.stdout)).toMatchObject({ toSet: { kind: 'environment', path: null } })
    const newKeyFile = config(home, 'secret_key.new')
    const finished = await rotate(home, [...args, '--secret-key-file', newKeyFile], env)
    expect(finished.stderr).toContain('is finished')
    expect(finished.stderr).not.toContain('.old-')
    const old = readdirSync(config(home)).filter((name) => name.includes('.old-'))
    expect(old.map((name) => text(config(home, name)))).toEqual([internal.secretKey])
    const list = await cli(['db', 'list', '--env-file', theirs], { home })
    expect(list, list.stderr).toMatchObject({ status: 0 })
    const own = await cli(['db', 'list', ...place, '--secret-key-file', newKeyFile], { home, env })
    expect(own, own.stderr).toMatchObject({ status: 0 })
  })

  it('recognizes the .env file of a Mathesar whose server has another spelling', async () => {
    const { home, envFile, internal } = await mathesar()
    const url = new URL(withoutPassword(internal.url))
    url.hostname = internal.settings.host === 'localhost' ? '127.0.0.1' : 'localhost'
    const run = await rotate(home, ['--internal-db', url.href, '--env-file', envFile, '--json'], {
      PGPASSWORD: internal.settings.password ?? '',
    })
    expect(JSON.parse(run.stdout), run.stderr).toMatchObject({ toSet: { kind: 'env-file', path: envFile } })
    expect(run.stdout).not.toContain('names the internal database')
  })

  it('is not finished while a Mathesar 0.1.x uses the key that it contains', async () => {
    const { PUBLIC_KEY } = await import('../../src/secrets/live-key.ts')
    const home = temporaryDirectory()
    const internal = await createInternalDatabase({ secretKey: PUBLIC_KEY })
    await simulateApplication(internal).connect(REQUEST)
    const envFile = join(home, '.env')
    writeFileSync(envFile, internal.envFile.replace(/^SECRET_KEY=.*\n/m, ''), { mode: 0o600 })
    const args = ['--env-file', envFile]
    await rotate(home, args)
    const flag = ['--secret-key-file', config(home, 'secret_key.new')]
    const run = await rotate(home, [...args, ...flag])
    expect(run.stderr).toContain(`Set SECRET_KEY in ${envFile}`)
    execFileSync('sh', ['-c', linesToRun(run)[0] ?? ''])
    const finished = await rotate(home, [...args, '--json'])
    expect(JSON.parse(finished.stdout)).toMatchObject({ status: 'finished' })
  })

  it('names the command that stores a password again which no key opens', async () => {
    const { home, envFile, internal } = await mathesar()
    const foreign = encrypt('of another Mathesar', await deriveKey('another key'))
    await simulateApplication(internal).connect({ ...REQUEST, database: 'maps', role: 'dee', password: 'x' })
    await internal.query('UPDATE mathesar_configuredrole SET password = $1 WHERE name = $2', [foreign, 'dee'])
    const run = await rotate(home, ['--env-file', envFile])
    expect(run.stderr).toContain('role "dee@db.example.com:5432" ("maps")')
    expect(linesToRun(run)[0]).toBe(
      `mathesarctl db edit maps --role dee --password-file PATH --env-file ${envFile}`,
    )
  })

  it('names Mathesar where no stored role proves the key, which a change of mathesarctl needs', async () => {
    const { home, envFile, internal } = await mathesar()
    const foreign = encrypt('of another Mathesar', await deriveKey('another key'))
    await internal.query('UPDATE mathesar_configuredrole SET password = $1', [foreign])
    const link = await internal.encrypt('the secret of the bucket')
    await internal.query(
      `INSERT INTO mathesar_downloadlink (created_at, updated_at, mash, uri, fsspec_kwargs)
       VALUES (now(), now(), 'm', 'u', $1::jsonb)`,
      [JSON.stringify({ secret: link })],
    )
    const run = await rotate(home, ['--env-file', envFile])
    expect(run.stderr).toContain(
      'Once the new key is set, set its password in Mathesar, as an administrator.',
    )
    expect(linesToRun(run).join('\n')).not.toContain('db edit')
  })

  it('names commands for a record that no key opens, which then store it again', async () => {
    const { home, settings } = await storedLibrary()
    const file = join(home, '.local/share/mathesarctl/internal.sqlite3')
    const keyFile = join(home, 'key')
    copyFileSync(config(home, 'secret_key'), keyFile)
    const connection = [...connectionArguments(settings), '--password-stdin', '--register-only', '--yes']
    const input = settings.password ?? ''
    await cli(['db', 'add', 'other', ...connection], { home, input })
    const foreign = encrypt('x', await deriveKey('another key'))
    const database = new DatabaseSync(file)
    database
      .prepare("UPDATE mathesar_database SET username = ?, password = ? WHERE name = 'other'")
      .run(foreign, foreign)
    database.close()
    const run = await rotate(home, ['--secret-key-file', keyFile])
    const flag = `--secret-key-file ${keyFile}`
    const [remove = '', add = ''] = linesToRun(run)
    expect([remove, add]).toEqual([`mathesarctl db remove other ${flag}`, `mathesarctl db add other ${flag}`])
    expect(await cli([...remove.split(' ').slice(1), '--yes'], { home })).toMatchObject({ status: 0 })
    const added = await cli([...add.split(' ').slice(1), ...connection], { home, input })
    expect(added, added.stderr).toMatchObject({ status: 0 })
  })
})

describe('the key file of mathesarctl in a rotation', () => {
  it('gets the new key where a flag gives a copy of it, and the copy does too', async () => {
    const { home } = await storedLibrary()
    const copy = join(home, 'copy')
    copyFileSync(config(home, 'secret_key'), copy)
    const planned = await rotate(home, ['--dry-run', '--json', '--secret-key-file', copy])
    const files = [config(home, 'secret_key'), copy]
    expect(JSON.parse(planned.stdout)).toMatchObject({ replacedSecretKeyFiles: files })
    const run = await rotate(home, ['--json', '--secret-key-file', copy])
    expect(JSON.parse(run.stdout)).toMatchObject({
      status: 'finished',
      replacedSecretKeyFile: files[0],
      replacedSecretKeyFiles: files,
    })
    for (const flags of [[], ['--secret-key-file', copy]]) {
      expect(await cli(['db', 'list', ...flags], { home })).toMatchObject({ status: 0 })
    }
  })

  it('keeps its key where that is the key of another internal database than the flag gives', async () => {
    const { home } = await storedLibrary()
    const other = join(home, 'other.sqlite3')
    const keyFile = join(home, 'other_key')
    writeFileSync(keyFile, 'other-key', { mode: 0o600 })
    const flags = ['--internal-db', other, '--secret-key-file', keyFile]
    expect(await cli(['setup', '--yes', ...flags], { home })).toMatchObject({ status: 0 })
    expect(
      await cli(
        [
          'db',
          'import',
          '--from',
          join(home, '.local/share/mathesarctl/internal.sqlite3'),
          '--from-secret-key-file',
          config(home, 'secret_key'),
          '--yes',
          ...flags,
        ],
        { home },
      ),
    ).toMatchObject({ status: 0 })
    const key = text(config(home, 'secret_key'))
    for (const _ of ['first', 'second']) {
      const run = await rotate(home, ['--json', ...flags])
      expect(JSON.parse(run.stdout), run.stderr).toMatchObject({
        status: 'finished',
        replacedSecretKeyFiles: [keyFile],
      })
      expect(text(config(home, 'secret_key'))).toBe(key)
    }
    const shown = await rotate(home, flags)
    const [remove = ''] = linesToRun(shown)
    const listed = remove.split(' ').filter((path) => existsSync(path))
    expect(listed.map(text)).not.toContain(key)
    expect(await cli(['db', 'list'], { home })).toMatchObject({ status: 0 })
  })

  it('names the copy of its key for another internal database, which can then be rotated too', async () => {
    const { home } = await storedLibrary()
    const other = join(home, 'other.sqlite3')
    copyFileSync(join(home, '.local/share/mathesarctl/internal.sqlite3'), other)
    const old = text(config(home, 'secret_key'))
    const run = await rotate(home, ['--yes'])
    expect(run, run.stderr).toMatchObject({ status: 0 })
    const backup = config(home, readdirSync(config(home)).find((name) => name.includes('.old-')) ?? '')
    const flags = ['--internal-db', other, '--secret-key-file', backup]
    expect(run.stderr).toContain(`--secret-key-file ${backup}`)
    expect(text(backup)).toBe(old)
    expect(await cli(['db', 'list', ...flags], { home })).toMatchObject({ status: 0 })
    const second = await rotate(home, [...flags, '--yes'])
    expect(second, second.stderr).toMatchObject({ status: 0 })
    expect(text(backup)).toBe(old)
    for (const place of [[], ['--internal-db', other]]) {
      expect(await cli(['db', 'list', ...place], { home })).toMatchObject({ status: 0 })
    }
  })

  it.runIf(process.geteuid?.() === 0).each(['--quiet', '--json', '--no-color'])(
    'warns that it was not replaced, and exits with the status of a key that does not fit (%s)',
    async (flag) => {
      const { home } = await storedLibrary()
      const theirs = join(home, 'theirs')
      mkdirSync(theirs)
      const path = join(theirs, 'key')
      renameSync(config(home, 'secret_key'), path)
      for (const name of [theirs, path]) chownSync(name, 65_534, 65_534)
      const named = ['--secret-key-file', path, flag]
      const planned = await rotate(home, ['--dry-run', ...named])
      expect(planned, planned.stderr).toMatchObject({ status: 0 })
      const run = await rotate(home, ['--yes', ...named])
      expect(run, run.stderr).toMatchObject({ status: 9 })
      const newKeyFile = config(home, 'secret_key.new')
      const command = `cat ${newKeyFile} > ${path}`
      if (flag === '--json') {
        expect(JSON.parse(planned.stdout).warnings).toEqual([
          expect.stringContaining('would keep the old key'),
        ])
        expect(JSON.parse(run.stdout)).toMatchObject({
          status: 'rotated',
          replacedSecretKeyFile: null,
          toSet: { kind: 'file', path },
          warnings: [expect.stringMatching(/still has the old key: .*another user/)],
        })
        expect(run.stdout).toContain(command)
      } else {
        expect(run.stderr.replaceAll(/\s+/g, ' ')).toMatch(/still has the old key: .*another user/)
        expect(run.stderr).toContain(command)
        expect(run.stderr.split(command)).toHaveLength(2)
      }
      expect(await cli(['db', 'list', '--secret-key-file', path], { home })).toMatchObject({ status: 9 })
      writeFileSync(path, text(newKeyFile))
      expect(await cli(['db', 'list', '--secret-key-file', path], { home })).toMatchObject({ status: 0 })
    },
  )
})
