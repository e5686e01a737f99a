import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type CliOptions, cli, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { ENGINE_MOUNTS } from '../support/containers.ts'
import { ALICE, BOB, changeOwner, directory, itAsRoot, programForEverybody } from '../support/other-users.ts'
import { cleanEnvironment, shellCommand } from '../support/program.ts'

/** Returns a directory that every user can enter. */
function publicDirectory(): string {
  const path = temporaryDirectory()
  chmodSync(path, 0o755)
  return path
}

/** Returns the home directory of a user, in which `setup` has run as that user. */
async function homeOf(uid: number, place = publicDirectory()): Promise<string> {
  const home = changeOwner(uid, directory(join(place, `home-${uid}`)))
  const run = await as(uid, home, ['setup', '--no-input'])
  expect(run, run.stderr).toMatchObject({ status: 0 })
  return home
}

function as(uid: number, home: string, args: string[], options: Partial<CliOptions> = {}): Promise<Run> {
  return cli(args, { home, uid, command: programForEverybody(), ...options })
}

const keyOf = (home: string) => join(home, '.config/mathesarctl/secret_key')
const storeOf = (home: string) => join(home, '.local/share/mathesarctl/internal.sqlite3')

/** Owner and mode of everything below a directory. */
function filesOf(top: string): string[] {
  return readdirSync(top, { recursive: true, encoding: 'utf8' }).map((name) => {
    const { uid, mode } = statSync(join(top, name))
    return `${uid} ${(mode & 0o777).toString(8)} ${name}`
  })
}

describe('as a user who may not read the files of another one', () => {
  itAsRoot('a run reports the configuration file that it can not look for', async () => {
    const place = publicDirectory()
    const home = directory(join(place, 'home'))
    mkdirSync(join(home, '.config/mathesarctl'), { recursive: true, mode: 0o700 })
    chmodSync(join(home, '.config'), 0o700)
    const config = join(home, '.config/mathesarctl/config.yaml')
    writeFileSync(config, `internal-db: ${join(place, 'internal.sqlite3')}\n`)
    const run = await as(ALICE, home, ['db', 'list'])
    expect(run.stderr).toContain(`warning: The configuration file ${config} can't be read:`)
    expect((await cli(['db', 'list'], { home })).stderr).not.toContain('warning')
    expect((await as(ALICE, directory(join(place, 'none')), ['db', 'list'])).stderr).not.toContain('warning')
    chmodSync(config, 0o600)
    for (const path of ['.config/mathesarctl', '.config']) chmodSync(join(home, path), 0o755)
    const refused = await as(ALICE, home, ['db', 'list', '--json'])
    expect(errorOf(refused)).toMatchObject({
      message: `The configuration file ${config} can't be read: permission denied.`,
      hint: 'Run the command as root, who owns the file.',
    })
  })

  itAsRoot('a run names who can read the .env file, and not the flag that named it', async () => {
    const place = publicDirectory()
    const home = changeOwner(ALICE, directory(join(place, 'home')))
    const mathesar = directory(join(place, 'mathesar'))
    const envFile = join(mathesar, '.env')
    writeFileSync(envFile, 'SECRET_KEY=key\n', { mode: 0o600 })
    const ofRoot = await as(ALICE, home, ['db', 'list', '--json', '--env-file', envFile])
    expect(errorOf(ofRoot)).toMatchObject({ hint: 'Run the command as root, who owns the file.' })
    chownSync(envFile, BOB, BOB)
    const ofBob = await as(ALICE, home, ['db', 'list', '--json', '--env-file', envFile])
    expect(errorOf(ofBob).hint).toBe(`Run the command as the owner of the file (uid ${BOB}), or as root.`)
    chmodSync(mathesar, 0o700)
    const hidden = await as(ALICE, home, ['db', 'list', '--json', '--env-file', envFile])
    expect(errorOf(hidden).hint).toBe('Run the command as the owner of the file, or as root.')
  })
})

describe('as root in the home directory of another user', () => {
  itAsRoot(
    'root creates nothing in the home directory of another user, and reads no file of that user',
    async () => {
      const home = await homeOf(ALICE)
      writeFileSync(join(home, '.config/mathesarctl/config.yaml'), 'no-color: [')
      changeOwner(ALICE, join(home, '.config/mathesarctl/config.yaml'))
      const before = filesOf(home)
      expect(await cli(['schema', 'print'], { home })).toMatchObject({ status: 0 })
      expect((await cli(['db', 'list'], { home })).stderr).toContain(
        'config.yaml is ignored: its directory belongs to another user',
      )
      for (const args of [
        ['setup', '--no-input'],
        ['db', 'list'],
      ]) {
        const run = await cli([...args, '--json'], { home })
        expect([run.status, errorOf(run).code]).toEqual([2, 'USAGE'])
        expect(errorOf(run).message).toContain(`${home}, which belongs to another user (uid ${ALICE})`)
        expect(errorOf(run).hint).toContain('sudo -H')
      }
      expect(filesOf(home)).toEqual(before)
    },
  )

  itAsRoot(
    'a tilde in a configuration file does not lead root to the home directory of another user',
    async () => {
      const place = publicDirectory()
      const home = changeOwner(ALICE, directory(join(place, 'alice')))
      mkdirSync(join(place, 'mathesarctl'))
      writeFileSync(join(place, 'mathesarctl/config.yaml'), 'internal-db: ~/internal.sqlite3\n')
      const run = await cli(['db', 'list', '--json'], { home, env: { XDG_CONFIG_HOME: place } })
      expect([run.status, errorOf(run).message]).toEqual([
        2,
        expect.stringContaining(`${home}, which belongs to another user`),
      ])
    },
  )

  itAsRoot('root uses the files of another user where flags name them', async () => {
    const home = await homeOf(ALICE)
    const before = filesOf(home)
    const flags = ['--secret-key-file', keyOf(home), '--internal-db', storeOf(home)]
    const run = await cli(['db', 'list', '--json', ...flags], { home })
    expect(run, run.stderr).toMatchObject({ status: 0, stdout: '[]\n' })
    expect(filesOf(home).filter((line) => !before.includes(line))).toEqual([])
  })

  itAsRoot(
    'root creates and reads nothing where XDG_CACHE_HOME, XDG_CONFIG_HOME and XDG_DATA_HOME name directories of another user',
    async () => {
      const place = publicDirectory()
      const own = directory(join(place, 'own'))
      const theirs = changeOwner(ALICE, directory(join(place, 'theirs')))
      const env = { XDG_CACHE_HOME: theirs, XDG_CONFIG_HOME: theirs, XDG_DATA_HOME: theirs }
      const run = await cli(['setup', '--json'], { home: own, env })
      expect([run.status, errorOf(run).message]).toEqual([
        2,
        expect.stringContaining(`XDG_DATA_HOME is ${theirs}, which belongs to another user`),
      ])
      expect(filesOf(place).filter((line) => line.includes('/'))).toEqual([])
    },
  )

  itAsRoot(
    'root does not read the password file, the service file and the certificates of another user',
    async () => {
      const home = changeOwner(ALICE, directory(join(publicDirectory(), 'alice')))
      writeFileSync(join(home, '.pg_service.conf'), '[theirs]\nhost=127.0.0.1\nport=1\ndbname=d\nuser=u\n')
      const run = await cli(['schema', 'status', '--dsn', 'service=theirs', '--json'], { home })
      expect([run.status, errorOf(run).message]).toEqual([2, expect.stringContaining('is not defined')])
    },
  )
})

describe('as a user who is not root', () => {
  itAsRoot('a user who is not root can use the files of root, and not those of a third user', async () => {
    const home = await homeOf(ALICE)
    const config = join(home, '.config/mathesarctl/config.yaml')
    writeFileSync(config, 'internal-db: /nonexistent/internal.sqlite3\n')
    chmodSync(config, 0o644)
    const list = async () => errorOf(await as(ALICE, home, ['db', 'list', '--json']))
    expect((await list()).message).toContain('/nonexistent/internal.sqlite3')
    changeOwner(BOB, config)
    expect(await list()).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`it belongs to another user (uid ${BOB})`),
      untrusted: { kind: 'foreign', path: config },
    })
  })

  itAsRoot('a user who is not root creates nothing below a home directory of another user', async () => {
    const home = changeOwner(BOB, directory(join(publicDirectory(), 'bob'), 0o777))
    const run = await as(ALICE, home, ['setup', '--json'])
    expect([run.status, errorOf(run).code]).toEqual([2, 'USAGE'])
    expect(readdirSync(home)).toEqual([])
  })
})

describe('as root of a user namespace', () => {
  const [become, ...options] = [
    'setpriv',
    '--reuid',
    String(ALICE),
    '--clear-groups',
    'unshare',
    '--user',
    '-r',
  ]
  // Some systems let only root make such a namespace, and there nobody meets one.
  const isAllowed = spawnSync(become, [...options, 'true']).status === 0

  it.skipIf(!isAllowed)('files below directories of the machine’s root are used', async () => {
    const home = changeOwner(ALICE, directory(join(publicDirectory(), 'alice')))
    const command = [become, ...options, ...programForEverybody()] as const
    const run = await cli(['setup', '--json'], { home, command })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(statSync(keyOf(home)).uid).toBe(ALICE)
  })
})

describe('files that the environment names', () => {
  itAsRoot(
    'files that the environment names are refused where they are another user’s, and the hint names the flag',
    async () => {
      const theirs = await homeOf(ALICE)
      const home = temporaryDirectory()
      const key = await cli(['setup', '--json'], {
        home,
        env: { MATHESAR_SECRET_KEY_FILE: keyOf(theirs) },
      })
      expect([key.status, errorOf(key).code]).toEqual([2, 'USAGE'])
      expect(errorOf(key).hint).toContain('--secret-key-file')
      const store = await cli(['db', 'list', '--json'], {
        home,
        env: { MATHESAR_INTERNAL_DB: storeOf(theirs) },
      })
      expect([store.status, errorOf(store).code]).toEqual([1, 'STORE_UNAVAILABLE'])
      expect(errorOf(store).hint).toContain('--internal-db')
      const completed = (env: Record<string, string>, ...words: string[]) =>
        cli(['__complete', '--', ...words, 'db', 'show', ''], { home, env })
      expect(await completed({ MATHESAR_INTERNAL_DB: storeOf(theirs) })).toMatchObject({
        status: 0,
        stderr: '',
      })
    },
  )
})

describe('a file that a third user can write to', () => {
  it('a file that a third user can write to is refused: key, internal database, .env, configuration, password file', async () => {
    const home = temporaryDirectory()
    expect(await cli(['setup', '--no-input'], { home })).toMatchObject({ status: 0 })
    const env = join(home, '.env')
    writeFileSync(env, 'SECRET_KEY=x\n')
    const password = join(home, 'password')
    writeFileSync(password, 'x')
    const refused = async (path: string, mode: number, args: string[]) => {
      const before = statSync(path).mode
      chmodSync(path, mode)
      const run = await cli([...args, '--json'], { home })
      chmodSync(path, before)
      return [run.status, errorOf(run).message]
    }
    const list = ['db', 'list']
    const target = [
      'schema',
      'status',
      '--host',
      '127.0.0.1',
      '--port',
      '1',
      '--database',
      'd',
      '--user',
      'u',
    ]
    const setup = ['setup', '--env-file', env]
    const file = 'other users can write to it (mode 0666)'
    const place = 'other users can write to the directory'
    expect(await refused(storeOf(home), 0o666, list)).toEqual([1, expect.stringContaining(file)])
    expect(await refused(env, 0o666, setup)).toEqual([2, expect.stringContaining(file)])
    expect(await refused(keyOf(home), 0o666, ['setup'])).toEqual([
      2,
      expect.stringContaining('is open to other users (mode 0666)'),
    ])
    expect(await refused(password, 0o666, [...target, '--password-file', password])).toEqual([
      2,
      expect.stringContaining(file),
    ])
    expect(await refused(dirname(storeOf(home)), 0o777, list)).toEqual([1, expect.stringContaining(place)])
    expect(await refused(dirname(storeOf(home)), 0o1777, list)).toEqual([1, expect.stringContaining(place)])
    expect(await refused(dirname(keyOf(home)), 0o777, ['setup'])).toEqual([2, expect.stringContaining(place)])
    writeFileSync(join(home, '.config/mathesarctl/config.yaml'), 'quiet: true\n')
    expect(await refused(join(home, '.config/mathesarctl/config.yaml'), 0o666, list)).toEqual([
      2,
      expect.stringContaining(file),
    ])
    expect(await cli(list, { home })).toMatchObject({ status: 0 })
  })

  it('a file that a third user can write to is refused beside the internal database', async () => {
    const home = temporaryDirectory()
    expect(await cli(['setup', '--no-input'], { home })).toMatchObject({ status: 0 })
    writeFileSync(`${storeOf(home)}-journal`, '')
    chmodSync(`${storeOf(home)}-journal`, 0o666)
    const run = await cli(['db', 'list', '--json'], { home })
    expect([run.status, errorOf(run).message]).toEqual([
      1,
      expect.stringContaining('internal.sqlite3-journal beside it'),
    ])
  })

  it('prevents a new key or internal database beside it', async () => {
    const home = temporaryDirectory()
    const open = directory(join(home, 'open'), 0o777)
    for (const [flag, status] of [
      ['--secret-key-file', 2],
      ['--internal-db', 1],
    ] as const) {
      const run = await cli(['setup', '--json', flag, join(open, 'new/file')], { home })
      expect([run.status, errorOf(run).message]).toEqual([
        status,
        expect.stringContaining(`other users can write to the directory ${open}`),
      ])
    }
    expect(readdirSync(open)).toEqual([])
  })
})

describe('a key that others can read', () => {
  it('a key that others can read is accepted with a warning where it is a Mathesar’s own', async () => {
    const home = temporaryDirectory()
    const secrets = join(home, 'mathesar/.secrets')
    mkdirSync(secrets, { recursive: true })
    const path = join(secrets, 'secret_key.txt')
    writeFileSync(path, 'key-of-a-mathesar')
    chmodSync(path, 0o644)
    const run = await cli(['setup', '--json', '--secret-key-file', path], { home })
    expect(run, run.stderr).toMatchObject({ status: 0 })
    expect(document(run)).toMatchObject({
      secretKey: { source: path, created: false },
      warnings: [expect.stringContaining('Other users can read the secret key file')],
    })
    chmodSync(path, 0o664)
    chownSync(path, process.getuid?.() ?? 0, process.getuid?.() === 0 ? 65_534 : (process.getgid?.() ?? 0))
    expect((await cli(['setup', '--json', '--secret-key-file', path], { home })).status).toBe(2)
  })

  it('draws a warning where it is in the .env of a Mathesar', async () => {
    const home = temporaryDirectory()
    const path = join(home, '.env')
    writeFileSync(path, 'SECRET_KEY=x\n')
    chmodSync(path, 0o644)
    const warned = document(await cli(['setup', '--json', '--env-file', path], { home }))
    expect(warned).toMatchObject({
      warnings: [expect.stringContaining('Every user of this machine can read')],
    })
    chmodSync(path, 0o640)
    expect(document(await cli(['setup', '--json', '--env-file', path], { home }))).not.toHaveProperty(
      'warnings',
    )
  })

  itAsRoot(
    'a key that others can read is accepted where a container mounts it, and not elsewhere',
    async () => {
      const place = publicDirectory()
      const home = changeOwner(ALICE, directory(join(place, 'home')))
      const volume = directory(join(place, 'secrets'))
      // As a kubelet mounts a secret, with fsGroup, for a process of any user.
      const kubernetes = `mount -t tmpfs -o mode=3777,gid=2000 none ${volume}; cd ${volume}
      mkdir ..2026; printf key > ..2026/secret_key; chmod MODE ..2026/secret_key; ln -s ..2026 ..data
      ln -s ..data/secret_key secret_key; mount -o remount,ro ${volume}; cd /`
      const container = `${ENGINE_MOUNTS}; `
      const run = (mounts: string) =>
        cli(['setup', '--json'], {
          home,
          env: { MATHESAR_SECRET_KEY_FILE: join(volume, 'secret_key') },
          command: [
            'unshare',
            '--mount',
            'sh',
            '-ec',
            `${mounts}\nexec setpriv --reuid ${ALICE} --regid 0 --groups 2000 "$@"`,
            'sh',
            ...programForEverybody(),
          ],
        })
      const world = await run(`${container}${kubernetes.replace('MODE', '0644')}`)
      expect(world, world.stderr).toMatchObject({ status: 0 })
      expect(document(world)).not.toHaveProperty('warnings')
      const group = await run(
        `${container}${kubernetes.replace('MODE', '0440').replace('chmod', 'chgrp 2000 ..2026/secret_key; chmod')}`,
      )
      expect(group, group.stderr).toMatchObject({ status: 0 })
      expect(document(group)).not.toHaveProperty('warnings')
      const elsewhere = await run(kubernetes.replace('MODE', '0644'))
      expect([elsewhere.status, errorOf(elsewhere).code]).toEqual([2, 'USAGE'])
    },
  )
})

// The single executable has its compiled code within.
describe.skipIf(process.env.MATHESARCTL_TEST_EXECUTABLE)('the cache of compiled code', () => {
  const underUmask0 = (home: string, env: Record<string, string> = {}) =>
    execFileSync('/bin/sh', ['-c', `umask 000; ${shellCommand} schema print > "$HOME/sql"`], {
      env: cleanEnvironment(home, env),
    })

  const cached = (home: string) => readdirSync(join(home, '.cache/mathesarctl'), { recursive: true })

  it('belongs to its owner alone, whatever the umask is', () => {
    const home = temporaryDirectory()
    underUmask0(home)
    for (const name of ['.cache', '.cache/mathesarctl', '.cache/mathesarctl/code']) {
      expect([name, statSync(join(home, name)).mode & 0o777]).toEqual([name, 0o700])
    }
    expect(readdirSync(join(home, '.cache/mathesarctl/code'))).toHaveLength(1)
    expect(readFileSync(join(home, 'sql'), 'utf8')).toContain('CREATE')
  })

  it('the cache of compiled code is not used where somebody else could write to it, or to a directory above it', () => {
    for (const open of ['', '.cache', '.cache/mathesarctl', '.cache/mathesarctl/code']) {
      const home = temporaryDirectory()
      mkdirSync(join(home, '.cache/mathesarctl/code'), { recursive: true, mode: 0o700 })
      chmodSync(join(home, open), 0o777)
      underUmask0(home)
      expect([open, cached(home)]).toEqual([open, ['code']])
    }
  })

  it('the cache of compiled code does not create the home directory', () => {
    const home = join(temporaryDirectory(), 'missing')
    execFileSync('/bin/sh', ['-c', `${shellCommand} schema print > /dev/null`], {
      env: cleanEnvironment(home),
    })
    expect(existsSync(home)).toBe(false)
  })

  it('the cache of compiled code may lie behind a symbolic link of the user', () => {
    const home = temporaryDirectory()
    mkdirSync(join(home, 'scratch'))
    symlinkSync('scratch', join(home, '.cache'))
    underUmask0(home)
    expect(readdirSync(join(home, 'scratch/mathesarctl/code'))).toHaveLength(1)
  })

  itAsRoot('the cache of compiled code is not used where it belongs to another user', () => {
    const place = publicDirectory()
    const home = directory(join(place, 'home'))
    mkdirSync(join(home, '.cache/mathesarctl/code'), { recursive: true, mode: 0o700 })
    changeOwner(ALICE, join(home, '.cache/mathesarctl/code'))
    underUmask0(home)
    expect(cached(home)).toEqual(['code'])
  })
})
