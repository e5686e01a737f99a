import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildArtifacts } from '../support/artifacts.ts'
import { connectionArguments } from '../support/cli.ts'
import { composeService, jobPod } from '../support/containers-page.ts'
import { ownedDatabase } from '../support/database.ts'
import { createInternalDatabase } from '../support/mathesar-database.ts'
import { type ContainerOptions, type Podman, podman } from '../support/podman.ts'
import { VERSION } from '../support/program.ts'

const IMAGE = `docker.io/library/mathesarctl:${VERSION}`
/** The user of the image. */
const USER = 65_532
/** The user of the machine who started the container. */
const OPERATOR = 54_324

let engine: Podman
let place: string

beforeAll(() => {
  const out = buildArtifacts(['oci', '--archive', '--platform', 'linux-x64'])
  place = mkdtempSync(join(tmpdir(), 'mathesarctl-containers-'))
  chmodSync(place, 0o755)
  engine = podman()
  engine.succeed('load', '--quiet', '--input', join(out, `mathesarctl-${VERSION}-oci-linux-x64.tar`))
  rmSync(out, { recursive: true })
}, 300_000)

afterAll(() => {
  engine.remove()
  rmSync(place, { recursive: true, force: true })
})

let count = 0

function directory(owner: number, mode = 0o700): string {
  const path = join(place, String(++count))
  mkdirSync(path)
  chmodSync(path, mode)
  chownSync(path, owner, owner)
  return path
}

function file(path: string, content: string, owner: number, mode: number): string {
  writeFileSync(path, content)
  chmodSync(path, mode)
  chownSync(path, owner, owner)
  return path
}

/** Adds a database, lists it and removes it, with settings of the environment alone. */
async function expectToWork(options: ContainerOptions, passwordFile: string, passwordPath: string) {
  const settings = await ownedDatabase()
  writeFileSync(passwordFile, settings.password ?? '')
  const run = (...args: readonly string[]) => engine.run(IMAGE, [...args, '--json'], options)
  const connection = [...connectionArguments(settings), '--password-file', passwordPath]
  const added = run('db', 'add', 'library', ...connection)
  expect(added, added.stderr).toMatchObject({ status: 0, stderr: '' })
  expect(JSON.parse(added.stdout)).not.toHaveProperty('warnings')
  expect(JSON.parse(run('db', 'list').stdout)).toMatchObject([{ name: 'library' }])
  expect(run('db', 'test', 'library')).toMatchObject({ status: 0, stderr: '' })
  expect(run('db', 'remove', 'library', '--remove-schema', '--yes')).toMatchObject({ status: 0, stderr: '' })
}

describe('docs/containers.md', () => {
  it('names settings with which a service of Compose works, with the key as Mathesar writes it', async () => {
    const { environment, volumes } = composeService()
    const project = directory(OPERATOR, 0o755)
    for (const path of ['msar', 'msar/secrets', 'msar/mathesarctl']) mkdirSync(join(project, path))
    chownSync(join(project, 'msar/mathesarctl'), USER, USER)
    chmodSync(join(project, 'msar/mathesarctl'), 0o700)
    file(join(project, 'msar/secrets/secret_key.txt'), 'the key of a Mathesar', 0, 0o644)
    const password = file(join(project, 'password'), '', OPERATOR, 0o444)
    const mounts = Object.fromEntries(
      [...volumes, './password:/run/secrets/password:ro'].map((volume) => {
        const [source = '', ...target] = volume.split(':')
        return [target.join(':'), join(project, source)]
      }),
    )
    await expectToWork({ env: environment, mounts }, password, '/run/secrets/password')
  })

  it('describes a pod whose container works as any user of a group, as on OpenShift', async () => {
    const [container] = jobPod().containers
    const mode = 0o440
    const secrets = directory(0, 0o755)
    file(join(secrets, 'secret-key'), 'the key of a Mathesar', 0, mode)
    const password = file(join(secrets, 'library-password'), '', 0, mode)
    const data = directory(0, 0o2770)
    const [dataPath = '', secretsPath = ''] = container?.volumeMounts.map(({ mountPath }) => mountPath) ?? []
    await expectToWork(
      {
        user: '1000700000:0',
        env: Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value])),
        mounts: { [dataPath]: data, [`${secretsPath}:ro`]: secrets },
      },
      password,
      join(secretsPath, 'library-password'),
    )
  })
})

describe('docs/live.md', () => {
  /** Returns a value of the Compose file with the variables of a `.env`, as Compose fills them in. */
  const fill = (value: string, variables: Readonly<Record<string, string>>) =>
    value.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, name, otherwise) => variables[name] ?? otherwise)

  it('names settings with which a service of Compose works on the rows of a Mathesar', async () => {
    const internal = await createInternalDatabase()
    const { environment, volumes } = composeService('docs/live.md')
    const variables = parseEnv(internal.envFile)
    const env = Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        name,
        fill(value, { ...variables, POSTGRES_HOST: 'mathesar_db' }),
      ]),
    )
    const project = directory(OPERATOR, 0o755)
    for (const path of ['msar', 'msar/secrets']) mkdirSync(join(project, path))
    file(join(project, 'msar/secrets/secret_key.txt'), internal.secretKey, 0, 0o644)
    const settings = await ownedDatabase()
    const password = file(join(project, 'password'), settings.password ?? '', OPERATOR, 0o444)
    const [source = '', ...target] = (volumes[0] ?? '').split(':')
    const options = {
      env,
      mounts: { [target.join(':')]: join(project, source), '/run/secrets/password:ro': password },
      flags: ['--add-host', 'mathesar_db:127.0.0.1'],
    }
    const run = (...args: readonly string[]) => {
      const done = engine.run(IMAGE, [...args, '--json'], options)
      expect(done, done.stderr).toMatchObject({ status: 0 })
      return JSON.parse(done.stdout)
    }
    expect(run('setup', '--journal', 'database', '--yes')).toMatchObject({ mathesar: { key: 'unproved' } })
    const connection = [...connectionArguments(settings), '--password-file', '/run/secrets/password']
    run('db', 'add', 'library', '--register-only', ...connection)
    expect(run('db', 'list')).toMatchObject([{ name: 'library', user: settings.user }])
    expect((await internal.snapshot()).mathesar_database).toMatchObject([{ nickname: 'library' }])
    run('db', 'remove', 'library', '--yes')
    expect((await internal.snapshot()).mathesar_server).toBeUndefined()
  })
})

it('works as the user of the machine, with a directory of that user for everything', async () => {
  const data = directory(OPERATOR)
  const password = file(join(data, 'password'), '', OPERATOR, 0o600)
  const options = {
    user: `${OPERATOR}:${OPERATOR}`,
    env: { MATHESAR_SECRET_KEY_FILE: '/data/secret_key', MATHESAR_INTERNAL_DB: '/data/internal.sqlite3' },
    mounts: { '/data': data },
  }
  expect(engine.run(IMAGE, ['setup'], options)).toMatchObject({ status: 0 })
  await expectToWork(options, password, '/data/password')
})

describe('what a container lacks', () => {
  it('is named where there is no volume', () => {
    for (const user of ['0:0', `${USER}:${USER}`, '12345:54321']) {
      const refused = engine.run(IMAGE, ['setup'], { user, env: { HOME: '' } })
      expect(refused).toMatchObject({ status: 9 })
      expect(refused.stderr).toMatch(
        /hint: Mount a volume that uid \d+ may write to, .*MATHESAR_SECRET_KEY_FILE/s,
      )
    }
  })

  it('is named where the mount of the key is missing, and no key is created', () => {
    const options = {
      env: { MATHESAR_SECRET_KEY_FILE: '/run/secrets/key', MATHESAR_INTERNAL_DB: '/data/internal.sqlite3' },
      mounts: { '/data': directory(USER) },
      flags: ['--tmpfs', '/run/secrets:mode=1777'],
    }
    expect(engine.run(IMAGE, ['setup', '--json'], options)).toMatchObject({
      status: 9,
      stderr: expect.stringContaining('a new one would be deleted with this container'),
    })
  })
})

it.each([
  ['TERM', 143],
  ['INT', 130],
] as const)(
  'SIG%s ends the program, the first process of its container',
  async (signal, status) => {
    const name = `mathesarctl-signal-${signal.toLowerCase()}`
    const env = { MATHESAR_INTERNAL_DB: '/data/internal.sqlite3', SECRET_KEY: 'k' }
    const mounts = { '/data': directory(USER) }
    expect(engine.run(IMAGE, ['setup'], { env, mounts })).toMatchObject({ status: 0 })
    // Nothing arrives on standard input, which stays open.
    const add = ['db', 'add', 'x', '--host', 'h', '--database', 'd', '--user', 'u', '--password-stdin']
    const [program, ...words] = engine.command(IMAGE, add, { env, mounts, flags: ['--name', name] })
    const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'ignore'] })
    const isRunning = () => engine.succeed('ps', '--quiet', '--filter', `name=${name}`) !== ''
    await expect.poll(isRunning).toBe(true)
    // The program handles signals as soon as its own code runs.
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const begin = performance.now()
    engine.succeed('kill', '--signal', signal, name)
    expect(await once(child, 'exit')).toEqual([status, null])
    expect(performance.now() - begin).toBeLessThan(10_000)
  },
  60_000,
)
