/**
 * `debian-postgres.ts 13|15|17`: creates a root directory with the Debian release that has this major version
 * of PostgreSQL, and installs the server from its archive and security updates. Needs root and debootstrap.
 * Keeps an existing root directory.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianPostgresRoot } from '../test/support/postgres-installation.ts'

const RELEASES: Readonly<Record<string, string>> = { 13: 'bullseye', 15: 'bookworm', 17: 'trixie' }
const MIRROR = 'http://deb.debian.org'

const version = process.argv[2] ?? ''
const release = RELEASES[version]
if (release === undefined) throw new Error(`The versions are ${Object.keys(RELEASES).join(', ')}.`)

function run(program: string, args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' }
  const { status, error, stdout, stderr } = spawnSync(program, args, { env, encoding: 'utf8' })
  if (error) throw error
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: status ${status}\n${stdout.slice(-3000)}\n${stderr}`)
}

const destination = debianPostgresRoot(version)
if (!existsSync(destination)) {
  const parent = join(destination, '..')
  mkdirSync(parent, { recursive: true })
  const root = mkdtempSync(join(parent, 'unfinished-'))
  try {
    run('debootstrap', ['--variant=minbase', release, root, `${MIRROR}/debian`])
    // The tests start the server with their own cluster, so the package must not create one.
    mkdirSync(join(root, 'etc/postgresql-common'), { recursive: true })
    writeFileSync(join(root, 'etc/postgresql-common/createcluster.conf'), 'create_main_cluster = false\n')
    writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
    writeFileSync(
      join(root, 'etc/apt/sources.list'),
      `deb ${MIRROR}/debian ${release} main\ndeb ${MIRROR}/debian-security ${release}-security main\n`,
    )
    run('chroot', [root, 'apt-get', 'update', '-qq'])
    run('chroot', [
      root,
      'apt-get',
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      `postgresql-${version}`,
    ])
    run('chroot', [root, 'apt-get', 'clean'])
    // This directory is the / of the user who runs the server.
    chmodSync(root, 0o755)
    renameSync(root, destination)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
run('chroot', [destination, `/usr/lib/postgresql/${version}/bin/postgres`, '--version'])
