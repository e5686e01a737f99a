import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { SeveralOwnersError } from '../errors.ts'
import { TYPES_SCHEMA } from '../sources/schemas.ts'
import type { SchemaContents, SourceDescription } from '../sources/types.ts'
import type { RoleFacts } from './state.ts'
import type { OtherOwned, SchemaPresence, SchemaState } from './types.ts'

/** As which role an install or a removal works. */
export interface RolePlan {
  /** The role for `SET LOCAL ROLE`; `null`: the session's own. */
  actAs: string | null
  /**
   * Schemas or objects belong to several roles, and a superuser works on them as itself: it runs no SQL that
   * these roles could have changed.
   */
  isMixed?: true
  /** Empty schemas of other roles, which the session gives to the role first. */
  claimed?: readonly string[]
}

/** The role that will own the schemas where nothing is in any. */
export interface FutureOwner {
  role: string
  /** It has CREATE on the database. */
  canCreate: boolean
  /** The session's role is this one, or may SET ROLE to it. */
  canActAs: boolean
  isSuperuser: boolean
  /** Which of the schemas that exist belong to it, or to a role that it may act as. */
  ownSchemas: readonly string[]
}

/**
 * Decides whether the role may install the schemas of a source, and as which role, so that no object ever
 * changes its owner: whoever works on existing schemas acts as the role that owns them. Where nothing is in
 * them, `owner` names the role that will own them; by default the session's role does.
 *
 * Errors: `INSUFFICIENT_PRIVILEGE` with the GRANT that is missing; `SeveralOwnersError` (`SCHEMA_CONFLICT`)
 * if the schemas have several owners, or if objects inside belong to other roles than the schemas.
 */
export function planInstall(
  source: Pick<SourceDescription, 'schemas' | 'types' | 'keptTables' | 'upgrade'>,
  state: SchemaState,
  facts: RoleFacts,
  owner: FutureOwner | undefined = undefined,
): RolePlan {
  const plan = state.kind === 'absent' ? actAsFutureOwner(state, facts, owner) : actAsOwner(state, facts)
  // An install replaces its own objects in place, which takes their owner; a user's own it leaves alone. It
  // keeps what has the name of one of its types or kept tables, and would make it part of the install.
  const kept = [...source.types.map((name) => `${TYPES_SCHEMA}.${name}`), ...source.keptTables]
  const replaced = state.otherOwned.filter(
    ({ isInstalled, identity }) => isInstalled || kept.some((name) => identity.endsWith(` ${name}`)),
  )
  if (replaced.length > 0) throw otherOwners(replaced)
  if (source.upgrade === 'own') {
    // The SQL drops the schemas and creates them again, as their owner.
    if (!canCreateSchemas(plan, state, facts, owner))
      throw missingCreate(facts.database, plan.actAs ?? facts.role, source.schemas)
    return plan
  }
  // It is enough that one of the two, the session's role or the owner, has the privilege.
  const missing = missingSchemas(source, state)
  const canCreate = facts.privileges.create || canOwnerCreate(plan, state, owner)
  if (!canCreate && missing.length > 0) throw missingCreate(facts.database, plan.actAs ?? facts.role, missing)
  return plan
}

/**
 * Decides whether the role may remove the schemas, and as which role. A removal needs no privilege on the
 * database. Where schemas or objects belong to several roles, a superuser removes them as itself: a removal
 * only drops them, and that runs nobody's code.
 *
 * Errors: `INSUFFICIENT_PRIVILEGE`, `SeveralOwnersError`, as for `planInstall`.
 */
export function planRemove(state: SchemaState, facts: RoleFacts): RolePlan {
  const names: readonly string[] = state.schemas.map(({ name }) => name)
  // The owner of a schema may drop whatever is in it. Checks and defaults of others it may not drop.
  const altered = state.otherOwned.filter(
    ({ schema, identity, isUsable }) =>
      !isUsable && names.includes(schema) && /^(domain|table) /.test(identity),
  )
  const isMixed = altered.length > 0 || new Set(state.schemas.map(({ owner }) => owner)).size > 1
  if (isMixed && facts.privileges.superuser) return { actAs: null, isMixed: true }
  const plan = actAsOwner(state, facts)
  if (altered.length > 0) throw otherOwners(altered)
  return plan
}

/** Returns whether the role that works on the schemas has CREATE on the database. */
export function canCreateSchemas(
  plan: RolePlan,
  state: SchemaState,
  facts: RoleFacts,
  owner?: FutureOwner,
): boolean {
  return plan.actAs === null ? facts.privileges.create : canOwnerCreate(plan, state, owner)
}

/** Returns whether another role than that of the session, which works on the schemas, may create them. */
export function canOwnerCreate({ actAs }: RolePlan, { schemas }: SchemaState, owner?: FutureOwner): boolean {
  if (actAs === null) return false
  if (actAs === owner?.role) return owner.canCreate
  return schemas.length > 0 && schemas.every((schema) => schema.canOwnerCreate)
}

/** Returns the schemas of a source that do not exist: an install has to create them. */
export function missingSchemas({ schemas }: Pick<SchemaContents, 'schemas'>, state: SchemaState): string[] {
  return schemas.filter((name) => !state.schemas.some((schema) => schema.name === name))
}

/** Returns the error for a role that lacks CREATE on the database. */
export function missingCreate(database: string, role: string, missing: readonly string[]): OperatorError {
  const list = missing.length === 1 ? `schema ${missing[0]}` : `schemas ${missing.join(', ')}`
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${role}" lacks the privilege CREATE on database "${database}", ` +
      `which is needed to create the ${list}.`,
    toRun(
      'Let the owner of the database run:',
      `GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)};`,
    ),
    { data: { privilege: 'CREATE', database, role, missing } },
  )
}

/**
 * Decides as whom an install works where nothing is in the schemas. Schemas that exist may have been created
 * for the install; if their owner is one that the future owner of everything else may not act as, they are to
 * belong to that role too.
 */
function actAsFutureOwner(state: SchemaState, facts: RoleFacts, owner: FutureOwner | undefined): RolePlan {
  const { role, privileges } = facts
  const wanted = owner?.role ?? role
  const others = state.schemas.filter((schema) => schema.owner !== wanted)
  const isKept = ({ name, canActAsOwner }: SchemaPresence) =>
    owner === undefined ? canActAsOwner : owner.ownSchemas.includes(name)
  if (state.schemas.length > 0 && state.schemas.every(isKept)) {
    if (others.length === 0 || new Set(state.schemas.map((schema) => schema.owner)).size === 1) {
      return actAsOwner(state, facts)
    }
  }
  if (owner === undefined && privileges.superuser) return actAsOwner(state, facts)
  const isClaimable = (schema: SchemaPresence) =>
    privileges.superuser || (schema.owner === role && owner?.canActAs === true && privileges.create)
  if (!others.every(isClaimable)) throw emptyOfOthers(others, wanted)
  if (owner !== undefined && !owner.canActAs) throw notActing(owner, role)
  const plan = { actAs: wanted === role ? null : wanted }
  return others.length === 0 ? plan : { ...plan, claimed: others.map(({ name }) => name) }
}

function emptyOfOthers(schemas: readonly SchemaPresence[], wanted: string): OperatorError {
  const owners = [...new Set(schemas.map(({ owner }) => owner))]
  const statements = schemas.map(({ name }) => ownerStatement(name, wanted))
  const subject =
    schemas.length === 1 ? `The empty schema ${schemas[0]?.name} belongs` : 'Empty Mathesar schemas belong'
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `${subject} to ${owners.length === 1 ? 'role' : 'roles'} ${owners.map((name) => `"${name}"`).join(', ')}, ` +
      `and not to role "${wanted}", which is to own what an install creates.`,
    toRun('Let a superuser run:', ...statements),
    { data: { owner: owners[0] ?? '', role: wanted, statements } },
  )
}

function notActing({ role: owner, isSuperuser }: FutureOwner, role: string): OperatorError {
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Role "${owner}" is to own the Mathesar schemas, and role "${role}" may not act as that role.`,
    actingHint({ owner, role, isSuperuser }),
    { data: { owner, role } },
  )
}

/** Returns how a role gets to act as an owner. Nobody is to become a superuser for it. */
function actingHint({
  owner,
  role,
  isSuperuser,
}: Record<'owner' | 'role', string> & { isSuperuser: boolean }) {
  if (isSuperuser) return `Log in as "${owner}", or as another superuser.`
  return toRun(
    `Log in as "${owner}" or as a superuser, or let an administrator run:`,
    `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(role)};`,
  )
}

function ownerStatement(schema: string, owner: string): string {
  return `ALTER SCHEMA ${quoteIdentifier(schema)} OWNER TO ${quoteIdentifier(owner)};`
}

function actAsOwner(state: SchemaState, { role }: RoleFacts): RolePlan {
  const owners = [...new Set(state.schemas.map((schema) => schema.owner))]
  const [owner] = owners
  if (owner === undefined) return { actAs: null }
  if (owners.length > 1) throw severalOwners(state, owners)
  if (owner === role) return { actAs: null }
  if (state.schemas.every((schema) => schema.canActAsOwner)) return { actAs: owner }
  const names = state.schemas.map((schema) => schema.name).join(', ')
  throw new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `The schemas ${names} belong to role "${owner}", and role "${role}" may not act as that role.`,
    actingHint({ owner, role, isSuperuser: state.schemas.some((schema) => schema.isOwnerSuperuser) }),
    { data: { owner, role } },
  )
}

function severalOwners(state: SchemaState, owners: readonly string[]): SeveralOwnersError {
  const owned = state.schemas.map((schema) => `${schema.name} to "${schema.owner}"`).join(', ')
  // An upgrade by Mathesar itself, as a superuser, creates the others again and keeps the types: their owner
  // installed the schemas.
  // An empty schema is no decision about the owner.
  const filled = state.schemas.filter(({ objects }) => objects > 0)
  const decisive = filled.find(({ name }) => name === TYPES_SCHEMA) ?? filled[0]
  const wanted = decisive?.owner ?? owners[0] ?? ''
  const statements = state.schemas
    .filter((schema) => schema.owner !== wanted)
    .map((schema) => ownerStatement(schema.name, wanted))
  return new SeveralOwnersError(
    'SCHEMA_CONFLICT',
    `The Mathesar schemas belong to several roles: ${owned}.`,
    joinHints(
      toRun('Let a superuser set one owner for all of them:', ...statements),
      'Then run the command again; it lists the objects inside that need the same. A superuser can also ' +
        'remove the schemas as they are.',
    ),
    { data: { owners, statements } },
  )
}

/** How many statements a hint shows. */
const SHOWN_STATEMENTS = 5

/**
 * Returns the error for objects that other roles own than the schemas, with the statements that give all of
 * them one owner.
 */
export function otherOwners(objects: readonly OtherOwned[]): SeveralOwnersError {
  const [first] = objects
  const rest = objects.length - 1
  const others = rest < 1 ? '' : rest === 1 ? ', and one other object too' : `, and ${rest} other objects too`
  const whose = first?.isUsable
    ? ', and not everybody who may act as that role may act as the owner of the schema'
    : ' and not to the owner of the schema'
  const statements = objects.map(({ remedy }) => remedy)
  const unshown = statements.length - SHOWN_STATEMENTS
  return new SeveralOwnersError(
    'SCHEMA_CONFLICT',
    `Inside schema ${first?.schema} the ${first?.identity} belongs to role "${first?.owner}"` +
      `${whose}${others}.`,
    joinHints(
      toRun(
        'Nothing was changed. Check what these objects do, then let a superuser change their owner to that of ' +
          'the schema:',
        ...statements.slice(0, SHOWN_STATEMENTS),
      ),
      unshown > 0 ? `(and ${unshown} more: --json lists all of them)` : '',
    ),
    { data: { statements, objects: objects.map(({ identity }) => identity) } },
  )
}
