import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { fileReason } from '../../src/files/file-reason.ts'
import { readTrustedFile } from '../../src/files/read-file.ts'
import { readLimitedFile } from '../../src/files/read-limited.ts'
import { readPasswordFile } from '../../src/postgres/settings/password-file.ts'
import { readService } from '../../src/postgres/settings/service-file.ts'
import { readTlsFiles } from '../../src/postgres/tls/tls-files.ts'
import { readEnvFile } from '../../src/secrets/env-file.ts'
import { readKeyFile } from '../../src/secrets/key-file.ts'
import { tlsFile } from '../postgres-layer/support.ts'

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'mathesarctl-limited-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** Returns why a file can't be read. */
function reason(path: string): string {
  try {
    return `read ${readTrustedFile(path, { named: true }).bytes.length} bytes`
  } catch (error) {
    return fileReason(error)
  }
}

function fifo(): string {
  const path = join(directory(), 'fifo')
  spawnSync('mkfifo', ['-m', '600', path])
  return path
}

it('reads a file of a mebibyte, and refuses one of a byte more', () => {
  const path = join(directory(), 'file')
  writeFileSync(path, Buffer.alloc(1024 * 1024))
  expect(reason(path)).toBe('read 1048576 bytes')
  truncateSync(path, 1024 * 1024 + 1)
  expect(reason(path)).toBe('it is longer than 1 MiB')
  truncateSync(path, 2 ** 40)
  expect(reason(path)).toBe('it is longer than 1 MiB')
})

it('refuses devices without an end, directories and sockets, and reads an empty device', async () => {
  const path = directory()
  const server = createServer().listen(join(path, 'socket'))
  onTestFinished(() => void server.close())
  mkdirSync(join(path, 'inside'))
  expect(reason('/dev/zero')).toBe('it is longer than 1 MiB')
  expect(reason('/dev/null')).toBe('read 0 bytes')
  expect(reason(join(path, 'inside'))).toBe('it is a directory')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(reason(join(path, 'socket'))).toBe('it is a socket, or a device that is not there')
})

it('reads a named pipe whose writer comes later and writes slowly, and refuses one without an end', () => {
  const path = fifo()
  const write = (script: string) => {
    const child = spawn('sh', ['-c', script, 'sh', path], { stdio: 'ignore' })
    onTestFinished(() => void child.kill())
  }
  write('sleep 0.3; { printf ab; sleep 0.3; printf cd; } > "$1"')
  expect(readLimitedFile(path).toString()).toBe('abcd')
  write('cat /dev/zero > "$1"')
  expect(reason(path)).toBe('it is longer than 1 MiB')
})

it('gives a named pipe up that nobody writes to', () => {
  const start = performance.now()
  expect(reason(fifo())).toBe('nothing was written to it within 10 s')
  expect(performance.now() - start).toBeLessThan(13_000)
}, 20_000)

it('reads what a pipe of the shell holds, and takes an empty one for empty at once', () => {
  const module = new URL('../../src/files/read-file.ts', import.meta.url)
  const script = `import(${JSON.stringify(module)}).then(({ readTrustedFile }) =>
    console.log(readTrustedFile(process.argv[1], { named: true }).bytes.length))`
  const run = (input: string) =>
    spawnSync('bash', ['-c', `exec ${process.execPath} -e '${script}' -- ${input}`], { timeout: 9_000 })
  expect(String(run('<(printf secret)').stdout)).toBe('6\n')
  expect(String(run('<(true)').stdout)).toBe('0\n')
})

it.each<[string, (path: string) => unknown]>([
  ['secret key', (path) => readKeyFile(path)],
  ['environment', (path) => readEnvFile(path)],
  ['service', (path) => readService('x', { PGSERVICEFILE: path }, null)],
])('refuses a %s file without an end', (_, read) => {
  expect(() => read('/dev/zero')).toThrow(/is longer than 1 MiB/)
})

it('ignores a password file of libpq that is too long, and says so', () => {
  const path = join(directory(), 'pgpass')
  writeFileSync(path, '', { mode: 0o600 })
  truncateSync(path, 2 ** 33)
  const target = { host: 'h', port: 5432, database: 'd', user: 'u' }
  expect(readPasswordFile(path, target)).toMatchObject({
    password: null,
    warning: `The password file ${path} was ignored: it can't be read: it is longer than 16 MiB.`,
  })
})

it.each(['sslrootcert', 'sslcert'])('refuses an %s without an end', (field) => {
  const settings = { sslmode: 'verify-ca', sslrootcert: null, sslcert: null, sslkey: null } as const
  expect(() =>
    readTlsFiles({ ...settings, sslrootcert: tlsFile('ca.crt'), [field]: '/dev/zero' }, null),
  ).toThrow(/is longer than 16 MiB/)
})
