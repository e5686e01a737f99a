import type { MathesarUser, Store, StoredDatabase } from '../../store/types.ts'
import { storedRoles } from '../acting-role.ts'
import { nameForms } from '../add/existing.ts'
import { databasesOf, readStoredPassword } from '../add/row.ts'
import { defaultUsers } from '../mathesar-users.ts'
import { findSpelled } from '../same-server.ts'
import type { HeldWarnings } from './held-warnings.ts'
import { isStoredPassword, missingSchema } from './lacking.ts'
import { chooseName } from './names.ts'
import { failedEntry } from './prove.ts'
import type { FailedEntry, ImportInput, Lack, PlacedEntry, PlannedEntry } from './types.ts'

/** What the plan of the entries is decided by. */
export interface PlanContext {
  store: Store
  /** The users of Mathesar that were named. */
  named: readonly MathesarUser[]
  /** The users of the internal database in use. */
  users: readonly MathesarUser[]
  askName: ImportInput['askName']
}

/**
 * Decides what the import does with each entry, in their order: an entry that leads to the same database as
 * one before adds its role to that. Where a row has one role, the further roles of a database stay out, and a
 * warning lists them. Errors: those of the store.
 */
export async function planEntries(
  placed: readonly PlacedEntry[],
  context: PlanContext,
  held: HeldWarnings,
): Promise<{ planned: PlannedEntry[]; failed: FailedEntry[] }> {
  const { store } = context
  const planned: PlannedEntry[] = []
  const failed: FailedEntry[] = []
  for (const one of store.capabilities.hasServers ? placed : withoutFurtherRoles(placed, held)) {
    try {
      planned.push(await planEntry(one, planned, context))
    } catch (error) {
      failed.push(failedEntry(one.entry.name, one.row, error))
    }
  }
  return { planned, failed }
}

/** Returns the first entry of each database of the source. */
function withoutFurtherRoles(placed: readonly PlacedEntry[], held: HeldWarnings): PlacedEntry[] {
  const groups = Map.groupBy(placed, ({ entry }) => entry.name)
  return [...groups].flatMap(([name, [first, ...others]]) => {
    if (first !== undefined && others.length > 0) {
      const roles = others.map(({ row }) => `"${row.user}"`).join(', ')
      held.about([first.entry]).onProgress?.({
        type: 'warning',
        message: `This internal database stores one role for "${name}", "${first.row.user}", and not ${roles}.`,
        hint: 'Add the others with "mathesarctl db add" under names of their own.',
        database: name,
      })
    }
    return first ?? []
  })
}

async function planEntry(
  one: PlacedEntry,
  before: readonly PlannedEntry[],
  context: PlanContext,
): Promise<PlannedEntry> {
  const { store, named, users, askName } = context
  const { hasUsers } = store.capabilities
  const { row, existing, entry } = one
  const none = { lacks: [], users: [], passwordSharedWith: [] }
  const alike = before.filter((other) => isOnePlace(other, one, store))
  const [twin] = alike
  if (twin !== undefined && alike.some((other) => other.row.user === row.user)) {
    return { ...one, ...none, name: twin.name, action: 'none' }
  }
  if (existing !== null) return planReuse(one, existing, twin !== undefined, context)
  if (twin !== undefined) {
    return { ...one, ...none, name: twin.name, action: 'reuse', lacks: ['role'] }
  }
  const taken = before.flatMap((other) => (other.action === 'import' ? namesOf(other, store) : []))
  const name = await chooseName(store, entry.name, row, taken, askName)
  const given = named.length > 0 ? named : hasUsers ? defaultUsers(users) : []
  const passwordSharedWith = await replacedFor(store, one)
  const userNames = given.map((user) => user.name)
  return { ...one, name, action: 'import', lacks: [], users: userNames, passwordSharedWith }
}

/** Returns the names that will mean an entry once it is stored. */
function namesOf({ name, row }: PlannedEntry, { capabilities }: Store): string[] {
  if (!capabilities.hasServers) return [name]
  const base = capabilities.hasNicknames ? name : row.database
  return [name, ...nameForms({ ...row, database: base })]
}

/** Plans what a stored database lacks. `isFurther`: an entry before is about the same database. */
async function planReuse(
  one: PlacedEntry,
  existing: StoredDatabase,
  isFurther: boolean,
  { store, named, users }: PlanContext,
): Promise<PlannedEntry> {
  const { row, target } = one
  const { name, access = [] } = existing
  const hasRole = storedRoles(existing).includes(row.user)
  const isMissing = (user: string) => !access.some((has) => has.user === user && has.role === row.user)
  const unmapped = users.filter(
    (user) => user.isSuperuser && user.isActive && !access.some((has) => has.user === user.name),
  )
  const chosen = isFurther ? [] : named.length > 0 ? named : hasRole && access.length > 0 ? [] : unmapped
  const given = chosen.map((user) => user.name).filter(isMissing)
  const isNewPassword = hasRole && !(await isStoredPassword(store, existing, row))
  const isSchemaMissing = missingSchema(store, existing, target) !== null
  const lacks: Lack[] = [
    ...(hasRole ? [] : ['role' as const]),
    ...(isNewPassword ? ['password' as const] : []),
    ...(given.length > 0 ? ['users' as const] : []),
    ...(isSchemaMissing ? ['record of the schemas' as const] : []),
  ]
  const action = lacks.length > 0 ? 'reuse' : 'none'
  const passwordSharedWith = isNewPassword ? await replacedFor(store, one) : []
  return { ...one, name, action, lacks, users: given, passwordSharedWith }
}

/** Returns the other stored databases whose password an entry replaces. */
async function replacedFor(store: Store, { row, existing }: PlacedEntry): Promise<string[]> {
  const server = store.capabilities.hasServers ? findSpelled(await store.servers(), row) : null
  if (server === null) return []
  const stored = await readStoredPassword(store, server, row.user)
  if (stored === null || stored.password === row.password) return []
  return (await databasesOf(store, server, row.user)).filter((name) => name !== existing?.name)
}

/** Whether two entries lead to one row. */
function isOnePlace(a: PlacedEntry, b: PlacedEntry, { capabilities }: Store): boolean {
  if (a.existing !== null || b.existing !== null) return a.existing?.id === b.existing?.id
  if (a.row.database !== b.row.database) return false
  if (capabilities.hasServers) return a.row.host === b.row.host && a.row.port === b.row.port
  return a.server === b.server && a.row.user === b.row.user
}
