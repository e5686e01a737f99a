import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { postgresInstallation } from './postgres-installation.ts'

/** A PostgreSQL server of the tests, on loopback and on a Unix socket. */
export interface Cluster {
  host: string
  port: number
  socketDirectory: string
  superuser: string
  password: string
  dataDirectory: string
  /** The major version, such as 18. */
  major: number
}

export interface RunningCluster extends Cluster {
  /** Ends the server and deletes its files. */
  stop(): Promise<void>
  /** Stops the server at once but keeps its files. */
  halt(): Promise<void>
  start(): Promise<void>
}

export interface ClusterOptions {
  /** A version as `postgresInstallation` accepts it. */
  version?: string
  /** Lines for postgresql.conf. */
  settings?: readonly string[]
  /** Lines for pg_hba.conf before the default ones, which require a password of everybody. */
  hba?: readonly string[]
  /** Files for the data directory, such as keys and certificates, which get mode 0600. */
  files?: Readonly<Record<string, string>>
  /** Whether a test measures times: the server then has the settings of a real one where that is possible. */
  isMeasured?: boolean
  /** Receives each piece of text that the server writes to its log. */
  onLog?: (text: string) => void
}

/**
 * Settings for hundreds of small databases that exist briefly: background work for each of them would cost
 * more than it saves.
 */
const HASTE = [
  'autovacuum = off',
  'checkpoint_timeout = 1h',
  'max_wal_size = 4GB',
  'synchronous_commit = off',
]

/** Returns a TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      server.close(() => resolve(address.port))
    })
  })
}

/**
 * Returns the user who runs the server; `null` for the user of this process. PostgreSQL refuses to run as
 * root, so root runs it as `nobody`, from a copy that `nobody` can read.
 */
function unprivilegedUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Creates a cluster in a temporary directory, starts it and waits until it answers. */
export async function startCluster(options: ClusterOptions = {}): Promise<RunningCluster> {
  const installed = postgresInstallation(options.version)
  const directory = mkdtempSync(join(installed.temporary, 'mathesarctl-pg-'))
  chmodSync(directory, 0o755)
  const user = unprivilegedUser()
  const installation = user ? installed.readable(directory) : installed
  const { inside } = installation
  const data = join(directory, 'data')
  const sockets = join(directory, 'sockets')
  const passwordFile = join(directory, 'password')
  const password = randomBytes(12).toString('hex')
  mkdirSync(data, { mode: 0o700 })
  mkdirSync(sockets, { mode: 0o755 })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  const own = (path: string) => {
    if (user) chownSync(path, user.uid, user.gid)
  }
  for (const path of [directory, data, sockets, passwordFile]) own(path)

  const environment = { PATH: process.env.PATH, HOME: directory, LC_ALL: 'C', TZ: 'UTC' }
  // The command with `chroot` changes the user itself.
  const isRooted = inside(directory) !== directory
  const run = { env: environment, ...(isRooted ? {} : (user ?? {})), cwd: directory }
  // Each connection checks a password, and nobody attacks the passwords of the tests.
  const hasCheapPasswords = installation.major >= 16 && !options.isMeasured
  const [initdb, ...initdbArguments] = installation.command('initdb')
  execFileSync(
    initdb,
    [
      ...initdbArguments,
      '-D',
      inside(data),
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${inside(passwordFile)}`,
      '--no-locale',
      '--encoding=UTF8',
      '--no-sync',
      ...(hasCheapPasswords ? ['-c', 'scram_iterations=1'] : []),
    ],
    { ...run, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  rmSync(passwordFile)

  const port = await freePort()
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    [
      `port = ${port}`,
      "listen_addresses = '127.0.0.1,::1'",
      `unix_socket_directories = '${inside(sockets)}'`,
      'fsync = off',
      'full_page_writes = off',
      'max_connections = 60',
      'shared_buffers = 32MB',
      ...(options.isMeasured ? [] : HASTE),
      ...(hasCheapPasswords ? ['scram_iterations = 1'] : []),
      "log_timezone = 'UTC'",
      "timezone = 'UTC'",
      ...(options.settings ?? []),
      '',
    ].join('\n'),
  )
  if (options.hba) {
    const defaults = [
      'local all all scram-sha-256',
      'host all all 127.0.0.1/32 scram-sha-256',
      'host all all ::1/128 scram-sha-256',
    ]
    writeFileSync(join(data, 'pg_hba.conf'), [...options.hba, ...defaults, ''].join('\n'))
  }
  for (const [name, content] of Object.entries(options.files ?? {})) {
    writeFileSync(join(data, name), content, { mode: 0o600 })
    own(join(data, name))
  }

  let server: ChildProcess | null = null
  const start = async () => {
    const [postgres, ...postgresArguments] = installation.command('postgres')
    const child = spawn(postgres, [...postgresArguments, '-D', inside(data)], {
      ...run,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server = child
    let log = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        options.onLog?.(chunk.toString())
        log = (log + chunk.toString()).slice(-20_000)
        if (log.includes('ready to accept connections')) resolve()
      })
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`PostgreSQL ended with status ${code}:\n${log}`)))
    })
  }
  const halt = async () => {
    const child = server
    server = null
    if (!child || child.exitCode !== null) return
    await new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.kill('SIGQUIT')
    })
  }
  const stop = async () => {
    await halt()
    // A run leaves hundreds of thousands of files, and Node would take minutes to delete them.
    spawnSync('rm', ['-rf', directory])
    // A process of the server that was about to end may have written one more file.
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await start()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    host: '127.0.0.1',
    port,
    socketDirectory: sockets,
    superuser: 'postgres',
    password,
    dataDirectory: data,
    major: installation.major,
    start,
    halt,
    stop,
  }
}
