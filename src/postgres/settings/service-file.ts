import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { trimSpace } from '../../ascii-space.ts'
import { type OperatorError, usageError } from '../../errors.ts'
import { decodeText } from '../../files/decode-text.ts'
import { fileReason } from '../../files/file-reason.ts'
import { readTrustedFile } from '../../files/read-file.ts'
import { UntrustedFileError, untrustedReason } from '../../files/untrusted.ts'
import type { GivenParameter } from './parameters.ts'

/** The directory of the system-wide file of Debian's libpq; PGSYSCONFDIR overrides it. */
const DEFAULT_SYSTEM_DIRECTORY = '/etc/postgresql-common'

/** The parameters of a service, and the file that defines it. */
export interface Service {
  path: string
  parameters: GivenParameter[]
}

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
): Service {
  const named = env.PGSERVICEFILE || null
  const own = named ?? (home === null ? null : join(home, '.pg_service.conf'))
  const system = join(env.PGSYSCONFDIR || DEFAULT_SYSTEM_DIRECTORY, 'pg_service.conf')
  const looked: string[] = []
  for (const path of [own, system]) {
    if (path === null) continue
    looked.push(path)
    // A file that PGSERVICEFILE names must exist; the others need not.
    if (path !== named && !existsSync(path)) continue
    const bytes = readServiceFile(path, path === named, field)
    const origin = { name: `service "${service}" of ${path}`, ...(field === undefined ? {} : { field }) }
    const pairs = findService(bytes, service, path, field)
    if (pairs === null) continue
    return { path, parameters: pairs.map(([name, value]) => ({ name, value, origin })) }
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
function readServiceFile(path: string, isNamed: boolean, field: string | undefined): Buffer {
  try {
    return readTrustedFile(path, { named: isNamed }).bytes
  } catch (error) {
    if (error instanceof UntrustedFileError) {
      throw usageError(
        `The service file ${path} can't be used: ${untrustedReason(error.problem)}.`,
        'Make sure that no other user can change it, or name another one in PGSERVICEFILE.',
        field,
      )
    }
    throw usageError(
      `The service file ${path} can't be read: ${fileReason(error)}.`,
      'Correct PGSERVICEFILE, or make the file readable.',
      field,
    )
  }
}

/** A byte order mark, as Latin-1 shows it. */
const BYTE_ORDER_MARK = '\u00EF\u00BB\u00BF'

/**
 * Returns the parameters of a section; the first of each name counts, as with libpq, which also ignores what
 * follows the `]` of a header. `null` if there is no such section.
 *
 * The lines are searched as bytes, because only those of the section need to be UTF-8.
 */
function findService(
  bytes: Buffer,
  service: string,
  path: string,
  field: string | undefined,
): [string, string][] | null {
  const header = `[${Buffer.from(service).toString('latin1')}]`
  const text = bytes.toString('latin1')
  const lines = (text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text).split('\n')
  let pairs: Map<string, string> | null = null
  for (const [index, whole] of lines.entries()) {
    const line = trimSpace(whole)
    if (line === '' || line.startsWith('#')) continue
    if (line.startsWith('[')) {
      if (pairs !== null) break
      if (line.startsWith(header)) pairs = new Map()
      continue
    }
    if (pairs === null) continue
    const { name, value } = readLine(line, (problem, hint) =>
      usageError(`Line ${index + 1} of the service file ${path} ${problem}.`, hint, field),
    )
    if (!pairs.has(name)) pairs.set(name, value)
  }
  return pairs === null ? null : [...pairs]
}

/** Reads one line of a section. `fail` makes the error that names it. */
function readLine(
  line: string,
  fail: (problem: string, hint: string) => OperatorError,
): { name: string; value: string } {
  const equals = line.indexOf('=')
  const name = line.slice(0, Math.max(equals, 0))
  if (!/^[a-z_]+$/.test(name) || name === 'service') {
    throw fail(
      'is not well formed',
      'Write name=value there, without spaces around "=", and no service within a service.',
    )
  }
  const decoded = decodeText(Buffer.from(line.slice(equals + 1), 'latin1'))
  if (decoded.text === null) {
    throw fail(`is not UTF-8: it is in ${decoded.encoding}`, 'Write the value again in UTF-8.')
  }
  return { name, value: decoded.text }
}
