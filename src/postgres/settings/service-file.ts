import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { usageError } from '../../errors.ts'
import { readTrustedFile } from '../../files/read-file.ts'
import { UntrustedFileError, untrustedReason } from '../../files/untrusted.ts'
import { type DsnValues, readParameters } from './parameters.ts'

/** The directory of the system-wide file of Debian's libpq; PGSYSCONFDIR overrides it. */
const DEFAULT_SYSTEM_DIRECTORY = '/etc/postgresql-common'

/**
 * Reads one service of libpq's connection service file (PostgreSQL manual, "The Connection Service File"):
 * first the user's file (PGSERVICEFILE, else `.pg_service.conf` in the home directory), then
 * `pg_service.conf` in PGSYSCONFDIR.
 *
 * `home` is `null` if there is none; `field` is the flag that named the service, if one did. Errors:
 * `USAGE` if the service is in neither file, or the file is not well formed; no message contains a value.
 */
export function readService(
  service: string,
  env: NodeJS.ProcessEnv,
  home: string | null,
  field?: string,
): DsnValues {
  const named = env.PGSERVICEFILE || null
  const own = named ?? (home === null ? null : join(home, '.pg_service.conf'))
  const system = join(env.PGSYSCONFDIR || DEFAULT_SYSTEM_DIRECTORY, 'pg_service.conf')
  const looked: string[] = []
  for (const path of [own, system]) {
    if (path === null) continue
    looked.push(path)
    // A file that PGSERVICEFILE names must exist; the others need not.
    if (path !== named && !existsSync(path)) continue
    const pairs = findService(readServiceFile(path, path === named, field), service, path, field)
    if (pairs === null) continue
    return readParameters(pairs, {
      name: `service "${service}" of ${path}`,
      ...(field === undefined ? {} : { field }),
    })
  }
  throw usageError(
    `The service "${service}" is not defined in ${looked.join(' or ')}.`,
    `Add a section [${service}] there, or correct the name given by PGSERVICE or service=.`,
    field,
  )
}

/**
 * A file that PGSERVICEFILE names may belong to another user, as with libpq: there is no other way to
 * name one.
 */
function readServiceFile(path: string, isNamed: boolean, field: string | undefined): string {
  try {
    return readTrustedFile(path, { named: isNamed }).bytes.toString('utf8')
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw usageError(
        `The service file ${path} can't be used: ${untrustedReason(error.problem)}.`,
        'Make sure that no other user can change it, or name another one in PGSERVICEFILE.',
        field,
      )
    }
    const { code } = error as NodeJS.ErrnoException
    throw usageError(
      `The service file ${path} can't be read (${code ?? 'error'}).`,
      'Correct PGSERVICEFILE, or make the file readable.',
      field,
    )
  }
}

/**
 * Returns the parameters of a section; the first of each name counts, as with libpq. `null` if there is no
 * such section.
 */
function findService(
  text: string,
  service: string,
  path: string,
  field: string | undefined,
): [string, string][] | null {
  let pairs: Map<string, string> | null = null
  let isInside = false
  for (const [index, whole] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const line = whole.trim()
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('[')) {
      if (pairs !== null) break
      isInside = line === `[${service}]`
      if (isInside) pairs = new Map()
      continue
    }
    if (!isInside || pairs === null) continue
    const equals = line.indexOf('=')
    const name = line.slice(0, Math.max(equals, 0))
    if (!/^[a-z_]+$/.test(name) || name === 'service') {
      throw usageError(
        `Line ${index + 1} of the service file ${path} is not well formed.`,
        'Write name=value there, without spaces around "=", and no service within a service.',
        field,
      )
    }
    if (!pairs.has(name)) pairs.set(name, line.slice(equals + 1))
  }
  return pairs === null ? null : [...pairs]
}
