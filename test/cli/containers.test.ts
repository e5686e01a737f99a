import { chmodSync, existsSync, lchownSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished } from 'vitest'
import { cli, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { CONTAINER_USER, type ContainerOptions, inContainer } from '../support/containers.ts'
import { ALICE, BOB, changeOwner, directory, itAsRoot } from '../support/other-users.ts'
import { startCluster } from '../support/postgres.ts'
import { serverTlsFiles, tlsFile } from '../support/tls.ts'

/** A container with a volume, a directory for secrets, and the home directory that engines set. */
function createContainer() {
  const place = temporaryDirectory()
  chmodSync(place, 0o755)
  const volume = changeOwner(CONTAINER_USER, directory(join(place, 'volume')))
  const secrets = directory(join(place, 'secrets'))
  const path = (name: string) => join(secrets, name)
  const internalDb = join(volume, 'internal.sqlite3')
  return {
    volume,
    internalDb,
    path,
    mounts: `mount --bind ${volume} ${volume}
      mount --bind ${secrets} ${secrets}; mount -o remount,bind,ro ${secrets}`,
    /** Creates a file that is mounted. */
    secret(name: string, text: string, mode: number, owner = 0): string {
      writeFileSync(path(name), text)
      chmodSync(path(name), mode)
      return changeOwner(owner, path(name))
    },
    /** Runs the program with settings of the environment alone. */
    run(args: string[], options: Partial<ContainerOptions> = {}, env: Record<string, string> = {}) {
      return cli([...args, '--json'], {
        home: '/',
        env: { MATHESAR_INTERNAL_DB: internalDb, MATHESAR_SECRET_KEY_FILE: path('key'), ...env },
        command: inContainer({ mounts: this.mounts, ...options }),
      })
    },
  }
}

/** Adds a database of a server that nobody runs: the error comes after the files were read. */
const ADD = ['db', 'add', 'x', '--host', '127.0.0.1', '--port', '1', '--database', 'd', '--user', 'u']

const warningsOf = ({ stdout, stderr }: Run) =>
  (JSON.parse(stdout || stderr) as { warnings?: string[] }).warnings ?? []

describe('a secret that a container engine mounts', () => {
  itAsRoot.each([
    ['0444', 0],
    ['0644', 0],
    ['0444', ALICE],
    ['0400', CONTAINER_USER],
  ] as const)('is accepted without a warning with mode %s of user %i', async (digits, owner) => {
    const container = createContainer()
    const mode = Number.parseInt(digits, 8)
    container.secret('key', 'k', mode, owner)
    const password = container.secret('password', 'p', mode, owner)
    const env = container.secret('env', 'SECRET_KEY=k\n', mode, owner)
    const setup = await container.run(['setup'])
    expect(setup, setup.stderr).toMatchObject({ status: 0 })
    expect(document(setup)).toMatchObject({ secretKey: { created: false } })
    expect(warningsOf(setup)).toEqual([])
    for (const args of [
      [...ADD, '--password-file', password],
      [...ADD, '--env-file', env],
    ]) {
      const added = await container.run(args)
      expect(errorOf(added)).toMatchObject({ code: 'CONNECTION_FAILED' })
      expect(warningsOf(added)).toEqual([])
    }
  })

  itAsRoot('is accepted with mode 0440 and a group of the container', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o440)
    expect(await container.run(['setup'], { gid: 0 })).toMatchObject({ status: 0 })
    const elsewhere = { MATHESAR_INTERNAL_DB: join(container.volume, 'other.sqlite3') }
    const refused = await container.run(['setup'], { groups: [2000] }, elsewhere)
    expect(errorOf(refused)).toMatchObject({
      code: 'SECRET_KEY_MISSING',
      hint: expect.stringContaining(
        `This container runs as uid ${CONTAINER_USER} with the groups 2000 and ${CONTAINER_USER}: ` +
          'mount the file with mode 0444, or with 0440 and one of these groups.',
      ),
    })
  })

  itAsRoot('is not created where the container may not enter its directory, with a hint', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o444)
    chmodSync(dirname(container.path('key')), 0o700)
    expect(errorOf(await container.run(['setup']))).toMatchObject({
      code: 'SECRET_KEY_MISSING',
      message: expect.stringContaining("can't be read: permission denied"),
      hint:
        `This container runs as uid ${CONTAINER_USER} with the group ${CONTAINER_USER}: let it enter the ` +
        `directory ${dirname(container.path('key'))}, with mode 0755, or with 0750 and this group.`,
    })
  })

  itAsRoot('is refused where the container could change it, with a hint that names the mount', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o644)
    const mounts = container.mounts.replaceAll('mount -o remount,bind,ro', ': ')
    const refused = await container.run(['setup'], { mounts })
    expect([refused.status, errorOf(refused).code]).toEqual([2, 'USAGE'])
    expect(errorOf(refused).hint).toContain('Mount it read-only')
    expect(errorOf(refused).hint).not.toContain('chmod')
  })

  itAsRoot('is refused where it belongs to another user who can reach it on another mount', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o644, ALICE)
    const twin = directory(join(temporaryDirectory(), 'twin'))
    const shared = dirname(container.path('.'))
    const mounts = `${container.mounts}; mount --bind ${shared} ${twin}`
    const refused = await container.run(['setup'], { mounts })
    expect(errorOf(refused)).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('belongs to another user'),
    })
    const alone = `${mounts}; mount -o remount,bind,ro ${twin}`
    expect(await container.run(['setup'], { mounts: alone })).toMatchObject({ status: 0 })
  })

  itAsRoot(
    "follows libpq's rules where libpq has some, with a hint that a container can follow",
    async () => {
      const container = createContainer()
      container.secret('key', 'k', 0o444)
      container.secret('pgpass', '*:*:*:*:p\n', 0o444)
      await container.run(['setup'])
      const passwordFile = await container.run(ADD, {}, { PGPASSFILE: container.path('pgpass') })
      expect(warningsOf(passwordFile)).toEqual([
        expect.stringMatching(/mode is 0444.*mount it with mode 0400.*uid 54323.*or use --password-file/),
      ])
    },
  )

  itAsRoot("lets a group read the client's key if root owns it, as libpq does", async () => {
    const cluster = await startCluster({ settings: ['ssl = on'], files: serverTlsFiles() })
    onTestFinished(() => cluster.stop())
    const container = createContainer()
    container.secret('key', 'k', 0o444)
    const certificate = container.secret('client.crt', tlsFile('client.crt'), 0o444)
    const key = container.secret('client.key', tlsFile('client.key'), 0o444)
    await container.run(['setup'])
    const dsn = `host=127.0.0.1 port=${cluster.port} dbname=postgres user=nobody sslmode=require
      sslcert=${certificate} sslkey=${key}`
    const add = () => container.run(['db', 'add', 'x', '--dsn', dsn], { gid: 0 }, { PGPASSWORD: 'wrong' })
    expect(errorOf(await add())).toMatchObject({
      code: 'TLS_FAILED',
      hint: expect.stringMatching(/^Mount it with mode 0400.*uid 54323.*0440.*root/),
    })
    chmodSync(key, 0o440)
    expect(errorOf(await add())).toMatchObject({ code: 'AUTHENTICATION_FAILED' })
  })
})

describe('a machine that shares /etc/hostname or /etc/hosts with a container', () => {
  itAsRoot('is no container if it has its own devices, as with "ip netns exec"', async () => {
    const container = createContainer()
    const mounts = `${container.mounts}; mount -t devtmpfs none /dev`
    container.secret('key', 'k', 0o444, ALICE)
    const foreign = await container.run(['setup'], { mounts })
    expect(errorOf(foreign)).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('belongs to another user'),
    })
    container.secret('key', 'k', 0o444, CONTAINER_USER)
    const readable = await container.run(['setup'], { mounts })
    expect(errorOf(readable)).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('open to other users'),
    })
  })
})

describe('a file on a volume that everybody can write to', () => {
  itAsRoot('must not belong to another user, even if a flag names it', async () => {
    const container = createContainer()
    const own = container.secret('key', 'k', 0o444)
    chmodSync(container.volume, 0o777)
    const place = (name: string, owner: number) => {
      const path = join(container.volume, name)
      writeFileSync(path, 'SECRET_KEY=k')
      chmodSync(path, 0o444)
      return changeOwner(owner, path)
    }
    expect(await container.run(['setup'])).toMatchObject({ status: 0 })
    const foreign = place('foreign', ALICE)
    const below = join(changeOwner(ALICE, directory(join(container.volume, 'sub'))), 'file')
    writeFileSync(below, 'p')
    changeOwner(ALICE, below)
    const link = join(container.volume, 'link')
    symlinkSync(own, link)
    lchownSync(link, ALICE, ALICE)
    for (const path of [foreign, below, link]) {
      for (const flag of ['--secret-key-file', '--env-file', '--password-file']) {
        const refused = await container.run([...ADD, flag, path])
        expect([flag, path, errorOf(refused)]).toEqual([
          flag,
          path,
          expect.objectContaining({
            code: 'USAGE',
            message: expect.stringContaining('belongs to another user'),
          }),
        ])
      }
    }
    const accepted = await container.run([...ADD, '--secret-key-file', place('own', CONTAINER_USER)])
    expect(errorOf(accepted)).toMatchObject({ code: 'CONNECTION_FAILED' })
  })
})

describe('the internal database on a volume', () => {
  itAsRoot('may be on a volume that belongs to another user, which draws a warning', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o444)
    changeOwner(ALICE, container.volume)
    chmodSync(container.volume, 0o777)
    const setup = await container.run(['setup'])
    expect(setup, setup.stderr).toMatchObject({ status: 0 })
    expect(warningsOf(setup)).toEqual([
      expect.stringContaining(`Other users of this container can write to ${container.volume}`),
    ])
    expect(await container.run(['db', 'list'])).toMatchObject({ status: 0 })
    // A file of another user is another matter, and so is a directory on the volume.
    changeOwner(BOB, container.internalDb)
    const foreign = await container.run(['db', 'list'])
    expect(errorOf(foreign)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringContaining(`--user ${BOB}`),
    })
    const sub = changeOwner(BOB, directory(join(container.volume, 'sub'), 0o777))
    const below = await container.run(['setup'], {}, { MATHESAR_INTERNAL_DB: join(sub, 'x') })
    expect(errorOf(below).message).toContain(`the directory ${sub} on the way to it`)
    expect(readdirSync(sub)).toEqual([])
  })

  itAsRoot('says what the volume needs where the user of the container must not write', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o444)
    changeOwner(0, container.volume)
    const refused = await container.run(['setup'])
    expect(errorOf(refused)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('permission denied'),
      hint: expect.stringContaining(
        `Let uid ${CONTAINER_USER}, as which this container runs, write to the volume ${container.volume}`,
      ),
    })
  })

  itAsRoot('says that a volume is read-only, and reads from it', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o444)
    await container.run(['setup'])
    const mounts = `${container.mounts}; mount -o remount,bind,ro ${container.volume}`
    expect(await container.run(['db', 'list'], { mounts })).toMatchObject({ status: 0 })
    for (const args of [['setup'], ['db', 'remove', 'x']]) {
      expect(errorOf(await container.run(args, { mounts }))).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringContaining('the file system is read-only'),
        hint: expect.stringContaining(`Mount ${container.volume} without the option ro`),
      })
    }
  })

  itAsRoot('advises a volume where there is none', async () => {
    const container = createContainer()
    container.secret('key', 'k', 0o444)
    const refused = await container.run(['setup'], {}, { MATHESAR_INTERNAL_DB: '/nowhere/x.sqlite3' })
    expect(errorOf(refused)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringMatching(/^Mount a volume .* name a file on it .*MATHESAR_INTERNAL_DB/),
    })
  })
})

describe('a new secret key', () => {
  itAsRoot('is not created where it ends with the container while the internal database stays', async () => {
    const container = createContainer()
    const lost = directory(join(container.volume, '../memory'))
    const mounts = `${container.mounts}; mount -t tmpfs -o uid=${CONTAINER_USER},mode=0700 none ${lost}`
    const env = { MATHESAR_SECRET_KEY_FILE: join(lost, 'key') }
    const refused = await container.run(['setup'], { mounts }, env)
    expect([refused.status, errorOf(refused)]).toEqual([
      9,
      expect.objectContaining({
        code: 'SECRET_KEY_MISSING',
        message: expect.stringContaining('would be deleted with this container'),
        hint: expect.stringContaining('MATHESAR_SECRET_KEY_FILE'),
      }),
    ])
    expect(existsSync(container.internalDb)).toBe(false)
    // Where both end together, nothing is left that the key would be missing for.
    const both = { ...env, MATHESAR_INTERNAL_DB: join(lost, 'x.sqlite3') }
    expect(await container.run(['setup'], { mounts }, both)).toMatchObject({ status: 0 })
    const onVolume = { MATHESAR_SECRET_KEY_FILE: join(container.volume, 'key') }
    expect(await container.run(['setup'], { mounts }, onVolume)).toMatchObject({ status: 0 })
  })
})

itAsRoot('localhost is named as the container itself, whatever engine started the container', async () => {
  const container = createContainer()
  container.secret('key', 'k', 0o444)
  await container.run(['setup'])
  const refused = await container.run(ADD)
  expect(errorOf(refused).hint).toContain('localhost is the container itself')
})
