import { isIP } from 'node:net'
import { usageError } from '../../errors.ts'
import { checkPort } from '../../postgres/settings/validate.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'

/** Variables by name, as a Mathesar's `.env` file, a Compose file or an environment sets them. */
export type Variables = Readonly<Record<string, string | undefined>>

/** The internal database that a Mathesar's POSTGRES_* variables name. */
export interface NamedInternal {
  values: Pick<ConnectionSettings, 'host' | 'database' | 'user'> & { port?: number; password?: string }
  /**
   * The same with percent-encoded values decoded, as Mathesar 0.1.4 to 0.2.3 reads them; `null` if nothing
   * looks encoded.
   */
  decoded: NamedInternal['values'] | null
}

/** The variables without which no release of Mathesar uses PostgreSQL. */
const REQUIRED = ['POSTGRES_DB', 'POSTGRES_USER', 'POSTGRES_HOST'] as const

/** The variables that name an internal database. */
export const INTERNAL_VARIABLES = [
  ...REQUIRED,
  'POSTGRES_PASSWORD',
  'POSTGRES_PORT',
  'DJANGO_DATABASE_URL',
] as const

/** Returns whether variables name an internal database on PostgreSQL, at least in part. */
export function nameInternal(variables: Variables): boolean {
  return REQUIRED.some((name) => variables[name])
}

/** Returns those of the required variables that are not set; empty if none or all of them are. */
export function missingVariables(variables: Variables): string[] {
  return nameInternal(variables) ? REQUIRED.filter((name) => !variables[name]) : []
}

/**
 * Returns the internal database that the POSTGRES_* variables of a Mathesar name; `null` if they do not name
 * one. Errors: `USAGE` for a port that Mathesar can't read either.
 *
 * @param place where the variables are, as the end of a sentence
 */
export function namedInternal(variables: Variables, place: string): NamedInternal | null {
  const { POSTGRES_DB: database, POSTGRES_USER: user, POSTGRES_HOST: host } = variables
  if (!(database && user && host)) return null
  const { POSTGRES_PASSWORD: password, POSTGRES_PORT: port } = variables
  const values = {
    host: isEncodedDirectory(host) ? decodeURIComponent(host) : host,
    database,
    user,
    ...(password ? { password } : {}),
    ...(port ? { port: readPort(port, place) } : {}),
  }
  return { values, decoded: decodedValues(values) }
}

/** A URL can name the directory of a socket only in this form, and no host has such a name. */
function isEncodedDirectory(host: string): boolean {
  return /^%2f/i.test(host) && isDecodable(host)
}

function readPort(text: string, place: string): number {
  if (checkPort(text) === null) return Number(text)
  const isServiceLink = /^tcp:\/\//.test(text)
  throw usageError(
    `POSTGRES_PORT ${place} is not a port, and Mathesar does not start with it.`,
    isServiceLink
      ? 'Kubernetes sets it for a Service named postgres. Set POSTGRES_PORT to the number of the port in ' +
          'the Pod of Mathesar, or turn enableServiceLinks off there.'
      : 'Set it to a whole number from 1 to 65535, or remove it to use 5432.',
    'env-file',
  )
}

function decodedValues(values: NamedInternal['values']): NamedInternal['values'] | null {
  const { user, password, database } = values
  const decoded = {
    ...values,
    user: decode(user),
    database: decode(database),
    ...(password === undefined ? {} : { password: decode(password) }),
  }
  const isSame = decoded.user === user && decoded.password === password && decoded.database === database
  return isSame ? null : decoded
}

function decode(text: string): string {
  return isDecodable(text) ? decodeURIComponent(text) : text
}

function isDecodable(text: string): boolean {
  try {
    return !decodeURIComponent(text).includes('\0')
  } catch {
    return false
  }
}

/** Hosts that only a container knows: the name of a service, or that of the machine around it. */
const CONTAINER_HOSTS = new Set(['mathesar_db', 'host.docker.internal', 'host.containers.internal'])

/** Returns whether a host is one that a Mathesar in a container uses, and hardly any other. */
export function isContainersHost(host: string): boolean {
  return isIP(host) === 0 && CONTAINER_HOSTS.has(host.toLowerCase())
}
