import { OperatorError, usageError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Credentials } from '../credentials.ts'
import { hasNicknames, hasSslMode } from '../django/layout.ts'
import type { Layout, UserRow } from '../django/types.ts'
import { nameTaken } from '../errors.ts'
import { type Access, NO_SQL_VERSION } from '../types.ts'
import { isForm, type Named, nameForms } from './naming.ts'
import { isStored, toStoredPassword } from './passwords.ts'
import type { SavePlan } from './save.ts'
import { findDatabase, portFor, serverFor, storableSslMode } from './servers.ts'
import type { Entry, View } from './view.ts'

/** What is to be stored, and where. */
interface Insertion {
  name: string
  settings: ConnectionSettings
  access: Access | undefined
}

/**
 * Plans a new database, or a further role of a stored one, with what exists already: its server, by host and
 * port, its role, by name, and the database itself. Changes nothing.
 *
 * Errors: `NAME_TAKEN`, `USAGE` (the name without nicknames, or no user to map).
 */
export function planInsert(
  view: View,
  { name, settings, access }: Insertion,
  credentials: Credentials,
  layout: Layout,
): SavePlan {
  const { database, user, password } = settings
  const server = serverFor(view, settings)
  const existing = server && findDatabase(view, server, database)
  if (existing && access?.mustBeNew) throw nameTaken(name)
  requireFreeName(view, name, settings, existing, layout)
  const users = usersFor(view, access, existing)
  const role = server && view.roleNamed(server.id, user)
  const storedPassword =
    role && (password === null || isStored(password, role.password, credentials))
      ? role.password
      : toStoredPassword(password, credentials, layout)
  const mapped = new Set(existing ? view.mapsOf(existing.id).map(({ userId }) => userId) : [])
  const { host, port, sslmode } = settings
  const version = access?.sqlVersion ?? NO_SQL_VERSION
  return {
    server: {
      id: server?.id ?? null,
      host,
      port: server ? server.port : portFor(host, port, layout),
      sslmode: hasSslMode(layout) ? storableSslMode(sslmode) : null,
    },
    database: {
      id: existing?.id ?? null,
      name: database,
      nickname: existing ? existing.row.nickname : nicknameFor(name, database, layout),
      sqlVersion: existing && version === NO_SQL_VERSION ? null : version,
    },
    roles: [{ id: role?.id ?? null, name: user, password: storedPassword }],
    maps: users.map(({ id }) => ({ userId: id, role: user, isNew: !mapped.has(id) })),
    leaves: null,
    formRoles: [],
    newBase: existing || !hasNicknames(layout) ? null : name,
  }
}

/** A database needs no nickname that is its own name. */
function nicknameFor(name: string, database: string, layout: Layout): string | null {
  return name === database || !hasNicknames(layout) ? null : name
}

/**
 * Errors: `NAME_TAKEN` if the name is that of another database, or the database is stored under another name;
 * `USAGE` if it can't have that name.
 */
function requireFreeName(
  view: View,
  name: string,
  { host, port, database }: ConnectionSettings,
  existing: Entry | null,
  layout: Layout,
): void {
  if (existing) {
    if (view.meantBy(name).includes(existing)) return
    throw storedAlready(existing)
  }
  const own: Named = { id: 0, base: database, host, port, database }
  if (hasNicknames(layout)) {
    if (view.meantBy(name).length > 0) throw nameTaken(name)
    return
  }
  if (!isForm(name, own)) throw withoutNicknames(own)
  if (view.meantBy(name).length === 0) return
  throw nameTaken(name).with({ hint: `Use ${quotedForms(freeForms(view, own))}.` })
}

/** Returns the forms of the name of a row that would mean it alone. */
function freeForms(view: View, own: Named): string[] {
  return nameForms(own)
    .slice(1, -1)
    .filter((form) => view.meantBy(form).length === 0)
}

/** `NAME_TAKEN`: the database of a connection is stored under another name. */
export function storedAlready({ name, database }: Entry): OperatorError {
  const stored = JSON.stringify(name)
  return new OperatorError(
    'NAME_TAKEN',
    `The database ${JSON.stringify(database)} on that server is already stored under the name ${stored}.`,
    `Use the name ${stored}, or change it with "mathesarctl db edit".`,
    { field: 'name' },
  )
}

/** `USAGE`: the name of a database without nicknames is the database's own. */
export function withoutNicknames(own: Named): OperatorError {
  return usageError(
    'This Mathesar has no nicknames: the name of a stored database is that of the database itself.',
    `Use ${quotedForms(nameForms(own).slice(0, 2))}.`,
    'name',
  )
}

function quotedForms(forms: readonly string[]): string {
  const [first, second] = forms.map((form) => JSON.stringify(form))
  return second === undefined ? `the name ${first}` : `the name ${first} or ${second}`
}

/**
 * Returns the users to map: those who were named and still exist, or else every active superuser. Errors:
 * `USAGE` if there is none.
 */
function usersFor(view: View, access: Access | undefined, existing: Entry | null): UserRow[] {
  if (access === undefined && existing !== null && view.mapsOf(existing.id).length > 0) return []
  const users = access
    ? [...new Set(access.users)].flatMap((name) => view.userNamed(name) ?? [])
    : view.state.users.filter(({ isSuperuser, isActive }) => isSuperuser && isActive)
  if (users.length > 0) return users
  throw noUsers(access?.users ?? [])
}

/** `USAGE`: nobody could use the database in Mathesar. */
export function noUsers(named: readonly string[]): OperatorError {
  return usageError(
    named.length === 0
      ? 'No user of Mathesar was named who is to use the database, and Mathesar has no active superuser.'
      : `Mathesar has no user ${named.map((name) => JSON.stringify(name)).join(', ')} any more.`,
    'Name users of Mathesar with --mathesar-user NAME; a database without one can be used by nobody.',
    'mathesar-user',
  )
}
