import { OperatorError } from '../../errors.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import { isSameDatabase } from '../../postgres/checks.ts'
import type { DatabaseIdentity } from '../../postgres/types.ts'
import type { Dependent } from '../../schema/dependents/types.ts'
import { readFutureOwner } from '../../schema/inspect/owner.ts'
import { checkInstall } from '../../schema/install/check.ts'
import { refuseInTheWay } from '../../schema/install/foresee.ts'
import type { StoredDatabase } from '../../store/types.ts'
import { findStored, openAsActingRole, ownerForAdmin } from '../acting-role.ts'
import { isRefusedLogin, withAdminOffer, withLentLogin } from '../admin-login.ts'
import { checkTarget, warnOfEventTriggers } from '../check-target.ts'
import { eventsAbout } from '../events-about.ts'
import { withRecordRemoval } from '../gone.ts'
import { refuseInternalByName } from '../internal-target.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import { closing, withStoredPassword } from '../open.ts'
import { rowMessage } from '../row-message.ts'
import { readableRecords } from '../same-database.ts'
import type { PresentSchema } from '../stored-schema.ts'
import { decideUpgrade, isConfirmedLater, LaterVersionError, presentSchema } from './decide.ts'
import type {
  Blocked,
  DatabaseUpgrade,
  Looked,
  UpgradeAction,
  UpgradeFailure,
  UpgradeGroup,
  UpgradeOptions,
  UpgradeRequest,
} from './types.ts'

/** Looks at stored databases, several at the same time, and changes nothing. Errors: the signal's reason. */
export async function lookAt(
  request: UpgradeRequest,
  names: readonly string[],
): Promise<(Looked | Blocked)[]> {
  const { options, concurrency } = request
  const hints = new Set<string>()
  let done = 0
  return mapConcurrently(names, concurrency, async (name) => {
    const looked = await look(request, name, eventsAbout(name, withoutSteps(options), hints))
    options.onLook?.(++done, names.length)
    return looked
  })
}

/**
 * Blocks what is planned for a database that another record calls later than the source, under another
 * spelling of its server: both are one database, and nothing may take the place of a later version. Looks at
 * the records that are not chosen too. Errors: the signal's reason.
 */
export async function blockLater(
  request: UpgradeRequest,
  looked: readonly (Looked | Blocked)[],
): Promise<(Looked | Blocked)[]> {
  const later = [...looked, ...(await lookAtOthers(request, looked))].filter(
    (one): one is Blocked => one.kind === 'blocked' && one.isLater,
  )
  return looked.map((one) => {
    const { identity } = one
    const other = identity && later.find((two) => two.identity && isSameDatabase(two.identity, identity))
    if (one.kind === 'blocked' || !other) return one
    const { name, stored, from } = one
    const message = `${other.error.message} Its record ${JSON.stringify(other.name)} proves it.`
    return {
      kind: 'blocked',
      name,
      stored,
      identity,
      from,
      error: other.error.with({ message }),
      isLater: true,
    }
  })
}

/** Looks at the records that are not chosen, call a version later, and may be a database that is. */
async function lookAtOthers(
  request: UpgradeRequest,
  looked: readonly (Looked | Blocked)[],
): Promise<(Looked | Blocked)[]> {
  const { store, source } = request
  const { onProgress: _reports, ...options } = request.options
  const planned = looked.filter((one): one is Looked => one.kind === 'planned')
  const chosen = new Set(looked.map(({ name }) => name))
  const databases = new Set(planned.map(({ settings }) => settings.database))
  if (source.generation !== 'modern' || databases.size === 0) return []
  const others = (await readableRecords(store)).filter(
    (other) => !chosen.has(other.name) && databases.has(other.database) && isConfirmedLater(other, source),
  )
  return mapConcurrently(others, request.concurrency, ({ name }) => look(request, name, options))
}

/** Leaves out the events that state each step of a look: of many databases they would be all that is seen. */
function withoutSteps(options: UpgradeOptions): UpgradeOptions {
  const { onProgress } = options
  if (onProgress === undefined) return options
  return {
    ...options,
    onProgress: (event) => {
      if (event.type !== 'check' && event.type !== 'step') onProgress(event)
    },
  }
}

async function look(
  { store, source, internal, admin }: UpgradeRequest,
  name: string,
  options: UpgradeOptions,
): Promise<Looked | Blocked> {
  let stored: StoredDatabase | null = null
  let identity: DatabaseIdentity | null = null
  let from: PresentSchema | null = null
  try {
    stored = await findStored(store, name)
    const known = stored
    return await withLentLogin<Looked>(admin, options, async (lent) => {
      const acting = await openAsActingRole(store, known, { admin: lent }, withStoredPassword(options, name))
      const { settings } = acting
      return closing(acting.session, async (session) => {
        refuseInternalByName(settings, internal)
        const { facts, state, reading } = await checkTarget(session, internal, options)
        identity = facts.identity
        from = presentSchema(state, known)
        const { generation } = store.capabilities
        const decision = decideUpgrade(state, known, source, { database: settings.database, generation })
        const owner = decision.action === 'install' ? ownerForAdmin(known, lent) : undefined
        if (isWritten(decision.action)) {
          const futureOwner = await readFutureOwner(session, state, owner)
          await checkInstall(session, source, state, facts, futureOwner)
          await refuseInTheWay(session, source)
          warnOfEventTriggers(facts, options)
        }
        const { identity: found } = facts
        return {
          kind: 'planned',
          name,
          stored: known,
          settings,
          identity: found,
          state,
          reading,
          admin: lent,
          owner,
          ...decision,
        }
      })
    })
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    const isLater = error instanceof LaterVersionError
    return { kind: 'blocked', name, stored, identity, from, error: withAdminOffer(error, admin), isLater }
  }
}

/** Returns whether an action changes something in the user database. */
export function isWritten(action: UpgradeAction): boolean {
  return action === 'install' || action === 'complete' || action === 'upgrade'
}

/**
 * Puts the records of one database together: one of them is worked on, and the others follow. Those whose
 * role may not do it follow too. Databases whose schemas nobody writes stand alone.
 */
export function groupRecords(looked: readonly (Looked | Blocked)[]): UpgradeGroup[] {
  const groups: { leader: Looked; followers: (Looked | Blocked)[] }[] = []
  for (const one of looked) {
    if (one.kind === 'planned' && isWritten(one.action) && groupOf(groups, one.identity) === null) {
      groups.push({ leader: one, followers: [] })
    }
  }
  for (const one of looked) {
    const group = one.identity && canFollow(one) ? groupOf(groups, one.identity) : null
    if (group) {
      if (group.leader !== one) group.followers.push(one)
    } else if (one.kind === 'planned' && one.action === 'confirm') {
      groups.push({ leader: one, followers: [] })
    }
  }
  return groups
}

/** Another record's role may do what that of this one may not. */
function canFollow(one: Looked | Blocked): boolean {
  return one.kind === 'planned' || isRefusedLogin(one.error)
}

function groupOf<Group extends { leader: Looked }>(
  groups: readonly Group[],
  identity: DatabaseIdentity,
): Group | null {
  return (
    groups.find(({ leader }) => isWritten(leader.action) && isSameDatabase(leader.identity, identity)) ?? null
  )
}

/** Returns the plan, a row for each stored database, in the order in which they were looked at. */
export function planOf(
  looked: readonly (Looked | Blocked)[],
  groups: readonly UpgradeGroup[],
): DatabaseUpgrade[] {
  return looked.map((one) => {
    const group = groups.find(({ followers }) => followers.includes(one))
    const { name, from } = one
    if (group) {
      const { leader } = group
      return { name, action: leader.action, from: from ?? leader.from, to: leader.to, ok: true, error: null }
    }
    if (one.kind === 'planned') return { name, action: one.action, from, to: one.to, ok: true, error: null }
    return { name, action: 'blocked', from, to: null, ok: false, error: errorOf(one.error, name) }
  })
}

/**
 * Returns an error as the row of a database shows it, with the dependents that it is about, and with all
 * statements of which the hint may show the first ones.
 */
export function errorOf(error: OperatorError, name: string): UpgradeFailure {
  const { code, hint, details } = withRecordRemoval(error, name)
  const message = rowMessage(error)
  const { dependents = [], statements = [] } = details.data ?? {}
  const whole = dependents.length > 0 ? joinHints(hint, listDependentsHint(name)) : hint
  return {
    code,
    message,
    hint: whole,
    ...(dependents.length > 0 ? { dependents: dependents as readonly Dependent[] } : {}),
    ...(statements.length > 0 ? { statements } : {}),
  }
}

function listDependentsHint(name: string): string {
  return toRun(
    'To list all that depends on the schemas, run:',
    `mathesarctl schema dependents ${shellQuoted(name)}`,
  )
}
