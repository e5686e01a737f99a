import { releasesText } from '../../databases/interface/mathesar-state.ts'
import { describeServer } from '../../databases/interface/server-address.ts'
import type { PresentSchema } from '../../databases/stored-schema.ts'
import type { StoredDatabase, UserAccess } from '../../store/types.ts'
import { grouped } from './quantity.ts'

/** Returns the server of a stored database as one word: `host:port`. */
export function serverText(stored: Pick<StoredDatabase, 'host' | 'port'>): string {
  return stored.host === '' ? '(none)' : describeServer(stored)
}

/** Returns how many of the last characters of `serverText` are the port and its colon. */
export function portLength(server: string): number {
  return /:\d+$/.exec(server)?.[0].length ?? 0
}

/**
 * Returns the source and version of a database's Mathesar schemas, or the releases of Mathesar that they may
 * be of; `-` if nothing is known.
 */
export function schemaText(schema: PresentSchema | null): string {
  if (schema === null) return '-'
  const { source, version, release } = schema
  if (version !== null) return source === 'mathesar' ? `Mathesar ${version}` : `${source} ${version}`
  return release === undefined ? source : releasesText(release)
}

/** `2026-11-30T03:53:12.901000Z` -> `2026-11-30 03:53:12 UTC`; another text stays as it is. */
export function timeText(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z$/, '$1 $2 UTC')
}

/** Returns the role that a stored database is used as. */
export function roleText({ user, roles }: Pick<StoredDatabase, 'user' | 'roles'>): string {
  return roles?.length === 0 ? '(no role)' : user
}

/** Returns the rows of `db show`. */
export function databaseRows(stored: StoredDatabase): (readonly [label: string, value: string])[] {
  const { roles = [], access } = stored
  const isUsed = (role: string) => access?.some((one) => one.role === role) !== false
  const others = roles.filter((role) => role !== stored.user && isUsed(role))
  // No user works on this database as one of these: an import stored it, or it is of another database.
  const unused = roles.filter((role) => role !== stored.user && !isUsed(role))
  return [
    ['name', stored.name],
    ['host', stored.host],
    ['port', String(stored.port)],
    ['database', stored.database],
    ['role', roleText(stored)],
    ...(others.length > 0 ? [['other roles', others.join(', ')] as const] : []),
    ...(unused.length > 0 ? [['server roles', someText(unused)] as const] : []),
    ...(access === undefined ? [] : [['users', accessText(access)] as const]),
    ['password', stored.roles?.length === 0 ? '-' : '(stored, encrypted)'],
    ['sslmode', stored.sslmode],
    ['sslrootcert', stored.sslrootcert ?? '-'],
    ['schema', schemaText(stored.schema)],
    ['added', timeText(stored.createdAt)],
    ['changed', timeText(stored.updatedAt)],
  ]
}

/** How many roles of a server are listed, which may have thousands. */
const MOST_ROLES = 10

function someText(roles: readonly string[]): string {
  const others = roles.length - MOST_ROLES
  const shown = roles.slice(0, MOST_ROLES).join(', ')
  return others > 0 ? `${shown} and ${grouped(others)} more (--json lists all)` : shown
}

/** Returns who may use a database in Mathesar, and as which role. */
function accessText(access: readonly UserAccess[]): string {
  return access.length === 0 ? '-' : access.map(({ user, role }) => `${user} (as ${role})`).join(', ')
}
