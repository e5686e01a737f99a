/** How the commands of the program find, read and download the SQL of a release. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  type CliOptions,
  cli,
  connectionArguments,
  document,
  errorOf,
  type Run,
  temporaryDirectory,
} from '../support/cli.ts'
import { ownedDatabase } from '../support/database.ts'
import { preparedHome } from '../support/installed.ts'
import { liveStore } from '../support/live-store.ts'
import { writeReleaseTarball, writeReleaseTree } from '../support/release-tree.ts'

interface LivePlace {
  home: string
  envFile: string
  run: (args: readonly string[], options?: Partial<CliOptions>) => Promise<Run>
}

/** A Mathesar of 0.2.0 or later with the database `library`, which has no schemas yet. */
async function liveLibrary(directory = temporaryDirectory()): Promise<LivePlace> {
  const { internal, store } = await liveStore({ users: [{ username: 'ada' }] })
  const access = { users: ['ada'], sqlVersion: '0.0.0' }
  await store.register('library', await ownedDatabase(), { schema: null, access })
  mkdirSync(directory, { recursive: true })
  const envFile = join(directory, '.env')
  writeFileSync(envFile, internal.envFile, { mode: 0o600 })
  const home = temporaryDirectory()
  const run: LivePlace['run'] = (args, options = {}) =>
    cli([...args, '--env-file', envFile], { home, ...options })
  return { home, envFile, run }
}

function treeOf(version: string): string {
  const directory = join(temporaryDirectory(), 'mathesar')
  writeReleaseTree(directory, version, { size: 'small' })
  return directory
}

async function tarballOf(version: string): Promise<{ path: string; checksum: string }> {
  const path = join(temporaryDirectory(), 'mathesar.tar.gz')
  writeReleaseTarball(path, version, { size: 'small' })
  return { path, checksum: createHash('sha256').update(readFileSync(path)).digest('hex') }
}

/** Starts a mirror on loopback that has one release; `stop` ends it. */
async function mirrorOf(version: string): Promise<{ url: string; stop: () => void }> {
  const { path, checksum } = await tarballOf(version)
  const server = createServer((request, response) => {
    if (request.url === `/${version}/mathesar.tar.gz`) response.end(readFileSync(path))
    else if (request.url === `/${version}/mathesar.tar.gz.sha256`)
      response.end(`${checksum}  mathesar.tar.gz\n`)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const stop = () => void server.close()
  onTestFinished(stop)
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop }
}

const upgrade = ['db', 'upgrade', 'library', '--json', '--yes'] as const

/** Expects that a run installed the SQL of that release in `library`. */
function expectUpgraded(run: Run, version: string): void {
  expect(run, run.stderr).toMatchObject({ status: 0 })
  expect(document(run)).toMatchObject({
    databases: [{ name: 'library', to: version, ok: true }],
    upgraded: 1,
  })
}

describe('the SQL of a release for a live Mathesar', () => {
  it('comes from the tree beside the .env file', async () => {
    const { run } = await liveLibrary(treeOf('0.11.0'))
    expectUpgraded(await run(upgrade), '0.11.0')
  })

  it('comes from the installation of the launcher of PATH', async () => {
    const tree = treeOf('0.11.0')
    const bin = temporaryDirectory()
    symlinkSync(join(tree, 'bin/mathesar'), join(bin, 'mathesar'))
    const { run } = await liveLibrary()
    expectUpgraded(
      await run(upgrade, { env: { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin` } }),
      '0.11.0',
    )
  })

  it('comes from a tree, a tarball or a copy of db/sql that --schema-source names', async () => {
    const tree = treeOf('0.11.0')
    const copy = join(temporaryDirectory(), 'a copy')
    cpSync(join(tree, 'db/sql'), copy, { recursive: true })
    const { path, checksum } = await tarballOf('0.11.0')
    for (const flags of [
      [tree],
      [path, '--release-checksum', checksum],
      [copy, '--release', '0.11.0'],
      [join(tree, 'db/sql')],
    ]) {
      const { run } = await liveLibrary()
      expectUpgraded(await run([...upgrade, '--schema-source', ...flags]), '0.11.0')
    }
  })

  it('is chosen with the reason in --verbose', async () => {
    const tree = treeOf('0.11.0')
    const { run } = await liveLibrary(tree)
    const { stderr } = await run(['db', 'upgrade', 'library', '--dry-run', '--verbose'])
    expect(stderr).toContain(
      `SQL of the Mathesar schemas: release 0.11.0 of ${tree}, found beside the .env file`,
    )
  })

  it('must have the checksum that is stated, in every command', async () => {
    const { path, checksum } = await tarballOf('0.11.0')
    const { run } = await liveLibrary()
    const wrong = ['--schema-source', path, '--release-checksum', 'a'.repeat(64), '--json']
    const settings = await ownedDatabase()
    const connection = connectionArguments(settings)
    for (const args of [
      ['db', 'add', 'other', ...connection],
      ['db', 'upgrade', 'library', '--yes'],
      ['schema', 'install', 'library', '--yes'],
      ['schema', 'status', 'library'],
      ['schema', 'print'],
    ]) {
      const refused = await run([...args, ...wrong])
      expect([refused.status, errorOf(refused).field], args.join(' ')).toEqual([2, 'release-checksum'])
      const alone = await run([...args, '--release-checksum', checksum, '--json'])
      expect([alone.status, errorOf(alone).field], args.join(' ')).toEqual([2, 'release-checksum'])
    }
    const right = ['--schema-source', path, '--release-checksum', checksum, '--json']
    const added = await run(['db', 'add', 'other', ...connection, ...right], {
      env: { PGPASSWORD: settings.password ?? '' },
    })
    expect(added, added.stderr).toMatchObject({ status: 0 })
    expect(document(added)).toMatchObject({ schema: { source: 'release', version: '0.11.0' } })
  })

  it('comes from a mirror, and the next time from the cache, but only for that mirror', async () => {
    const mirror = await mirrorOf('0.11.0')
    const env = { MATHESARCTL_RELEASES_URL: mirror.url }
    const { run } = await liveLibrary()
    const plain = await run(['db', 'upgrade', 'library', '--dry-run', '--release', '0.11.0'], { env })
    expect(plain.stderr).toContain(`Downloading Mathesar 0.11.0 from ${mirror.url.slice(7)}`)
    mirror.stop()
    const other = await run([...upgrade, '--release', '0.11.0'], {
      env: { MATHESARCTL_RELEASES_URL: 'http://127.0.0.1:9' },
    })
    expect([other.status, errorOf(other).code]).toEqual([3, 'CONNECTION_FAILED'])
    expectUpgraded(await run([...upgrade, '--release', '0.11.0'], { env }), '0.11.0')
  })

  it('is missing: the error names the copy command and the flags, and nothing changes', async () => {
    const { run } = await liveLibrary()
    const failed = await run(upgrade)
    expect(failed.status).toBe(2)
    const error = errorOf(failed)
    expect(error).toMatchObject({ code: 'USAGE', field: 'schema-source' })
    expect(error.hint).toContain('docker cp mathesar_service:/code/db/sql mathesar-sql')
    expect(error.hint).toContain('--schema-source mathesar-sql --release V')
    const bundled = await run([...upgrade, '--schema-source', 'bundled'])
    expect([bundled.status, errorOf(bundled).code]).toEqual([2, 'USAGE'])
  })
})

describe('a source that cannot be used', () => {
  it('is refused with status 2 before anything is connected to', async () => {
    const home = await preparedHome()
    const copy = join(treeOf('0.11.0'), 'db/sql')
    const alone = join(temporaryDirectory(), 'sql')
    cpSync(copy, alone, { recursive: true })
    const pipe = join(treeOf('0.11.0'), 'db/sql')
    execFileSync('rm', [join(pipe, '05_msar.sql')])
    execFileSync('mkfifo', [join(pipe, '05_msar.sql')])
    for (const flags of [
      ['--schema-source', alone],
      ['--schema-source', pipe],
      ['--schema-source', '/nonexistent'],
      ['--schema-source', temporaryDirectory()],
      ['--schema-source', copy, '--release', '0.9.0'],
      ['--schema-source', 'https://example.org/mathesar.tar.gz'],
      ['--release', 'latest'],
      ['--release', '0.1.7'],
      ['--release', '0.11.0', '--release-checksum', 'abc'],
      ['--schema-source', 'bundled', '--release', '0.11.0'],
    ]) {
      const run = await cli(['schema', 'print', ...flags, '--json'], { home })
      expect([run.status, errorOf(run).code], flags.join(' ')).toEqual([2, 'USAGE'])
    }
  })

  it('is refused where the operator names a mirror that cannot be reached', async () => {
    const settings = await ownedDatabase()
    const env = { MATHESARCTL_RELEASES_URL: 'http://127.0.0.1:9' }
    const install = ['schema', 'install', ...connectionArguments(settings), '--release', '0.11.0', '--json']
    const run = await cli(install, { home: temporaryDirectory(), env })
    expect([run.status, errorOf(run).code]).toEqual([3, 'CONNECTION_FAILED'])
  })
})
