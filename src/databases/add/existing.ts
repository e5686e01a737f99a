import { OperatorError, usageError } from '../../errors.ts'
import { describeServer } from '../../postgres/describe.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Store, StoredDatabase } from '../../store/types.ts'
import { nameTakenBy } from '../name-taken.ts'
import { quotedNames } from '../same-database.ts'
import { isSamePlace, isSameTarget } from '../same-settings.ts'
import type { ExistingRecord } from './types.ts'

/** Returns the stored databases that a name means. */
export async function readNamesakes(store: Store, name: string): Promise<StoredDatabase[]> {
  const found: StoredDatabase[] = []
  for (const shown of await store.namesFor(name)) {
    const database = await store.find(shown)
    // Another run may have removed it meanwhile.
    if (database !== null) found.push(database)
  }
  return found
}

/**
 * Returns the record that an add updates: one of those with its name that leads to the same database, and
 * has the same role where a row has only one. `null` if there is none. Errors: `SECRET_KEY_MISMATCH`.
 */
export async function findExisting(
  store: Store,
  namesakes: readonly StoredDatabase[],
  settings: ConnectionSettings,
): Promise<ExistingRecord | null> {
  const { hasServers } = store.capabilities
  const database = namesakes.find((other) =>
    hasServers ? isSamePlace(other, settings) : isSameTarget(other, settings),
  )
  if (database === undefined) return null
  const { user } = settings
  const roles = database.roles ?? [database.user]
  const stored = roles.includes(user)
    ? await store.settings(database.name, hasServers ? user : undefined)
    : { ...settings, ...placeOf(database), user: database.user, password: null }
  const { access } = database
  return {
    database,
    settings: stored,
    isNewRole: access !== undefined && !access.some(({ role }) => role === user),
  }
}

function placeOf({ host, port, database, sslmode }: StoredDatabase) {
  return { host, port, database, sslmode }
}

type Place = Pick<ConnectionSettings, 'host' | 'port' | 'database'>

/** Returns the error for a name that other stored databases have. */
export function namesTaken(
  store: Store,
  name: string,
  namesakes: readonly StoredDatabase[],
  settings: ConnectionSettings,
): OperatorError {
  const [first, ...others] = namesakes
  const error =
    first !== undefined && others.length === 0
      ? nameTakenBy({ ...first, name })
      : new OperatorError(
          'NAME_TAKEN',
          `Several stored databases have the name "${name}": ${quotedNames(namesakes.map((one) => one.name))}.`,
          'Choose another name.',
          { field: 'name' },
        )
  if (store.capabilities.hasNicknames) return error
  const [, ...longer] = nameForms(settings)
  return error.with({ hint: `Use the name ${longer.map((form) => `"${form}"`).join(' or ')}.` })
}

/**
 * Refuses a name that a store without nicknames can't show: there the name is that of the database itself.
 * Errors: `USAGE`.
 */
export function requireOwnName(store: Store, name: string, settings: ConnectionSettings): void {
  if (store.capabilities.hasNicknames || nameForms(settings).includes(name)) return
  throw usageError(
    `This Mathesar has no nicknames: the name of a stored database is its own, "${settings.database}".`,
    `Use the name "${settings.database}", or where several databases have it, one of these: ` +
      `${nameForms(settings)
        .slice(1)
        .map((form) => `"${form}"`)
        .join(', ')}.`,
    'name',
  )
}

/** Returns the names that a database can have without a nickname, the shortest first. */
export function nameForms(settings: Place): string[] {
  const { host, database } = settings
  const at = host.includes(':') ? `[${host}]` : host
  return [database, `${database}@${at}`, `${database}@${describeServer(settings)}`]
}
