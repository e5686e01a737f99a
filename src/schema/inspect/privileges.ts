import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { TYPES_SCHEMA } from '../sources/schemas.ts'
import type { SchemaContents, SourceDescription } from '../sources/types.ts'
import type { RoleFacts } from './state.ts'
import type { OtherOwned, SchemaState } from './types.ts'

/** As which role an install or a removal works. */
export interface RolePlan {
  /** The role for `SET LOCAL ROLE`; `null`: the session's own. */
  actAs: string | null
  /**
   * Schemas or objects belong to several roles, and a superuser works on them as itself: it runs no SQL that
   * these roles could have changed.
   */
  isMixed?: true
}

/** The role that will own schemas of which none exists. */
export interface FutureOwner {
  role: string
  /** It has CREATE on the database. */
  canCreate: boolean
}

/**
 * Decides whether the role may install the schemas of a source, and as which role, so that no object ever
 * changes its owner: whoever works on existing schemas acts as the role that owns them. Where there are none,
 * `owner` names the role that will own them; by default the session's role does.
 *
 * Errors: `INSUFFICIENT_PRIVILEGE` with the GRANT that is missing; `SCHEMA_CONFLICT` if the schemas have
 * several owners, or if objects inside belong to other roles than the schemas.
 */
export function planInstall(
  source: Pick<SourceDescription, 'schemas' | 'types' | 'keptTables' | 'upgrade'>,
  state: SchemaState,
  facts: RoleFacts,
  owner: FutureOwner | undefined = undefined,
): RolePlan {
  const isNew = state.schemas.length === 0 && owner !== undefined && owner.role !== facts.role
  const plan = isNew ? { actAs: owner.role } : actAsOwner(state, facts)
  // An install replaces its own objects in place, which takes their owner; a user's own it leaves alone. It
  // keeps what has the name of one of its types or kept tables, and would make it part of the install.
  const kept = [...source.types.map((name) => `${TYPES_SCHEMA}.${name}`), ...source.keptTables]
  const replaced = state.otherOwned.filter(
    ({ isInstalled, identity }) => isInstalled || kept.some((name) => identity.endsWith(` ${name}`)),
  )
  if (replaced.length > 0) throw otherOwners(replaced)
  if (source.upgrade === 'own') {
    // The SQL drops the schemas and creates them again, as their owner.
    const canCreate = isNew ? owner.canCreate : canCreateSchemas(plan, state, facts)
    if (!canCreate) throw missingCreate(facts.database, plan.actAs ?? facts.role, source.schemas)
    return plan
  }
  // If the owner is another role, it may itself have the privilege: the install checks that under the lock.
  const missing = missingSchemas(source, state)
  if (plan.actAs === null && !facts.privileges.create && missing.length > 0)
    throw missingCreate(facts.database, facts.role, missing)
  return plan
}

/**
 * Decides whether the role may remove the schemas, and as which role. A removal needs no privilege on the
 * database. Where schemas or objects belong to several roles, a superuser removes them as itself: a removal
 * only drops them, and that runs nobody's code.
 *
 * Errors: `INSUFFICIENT_PRIVILEGE`, `SCHEMA_CONFLICT`, as for `planInstall`.
 */
export function planRemove(state: SchemaState, facts: RoleFacts): RolePlan {
  const names: readonly string[] = state.schemas.map(({ name }) => name)
  // The owner of a schema may drop whatever is in it. Checks and defaults of others it may not drop.
  const altered = state.otherOwned.filter(
    ({ schema, identity }) => names.includes(schema) && /^(domain|table) /.test(identity),
  )
  const isMixed = altered.length > 0 || new Set(state.schemas.map(({ owner }) => owner)).size > 1
  if (isMixed && facts.privileges.superuser) return { actAs: null, isMixed: true }
  const plan = actAsOwner(state, facts)
  if (altered.length > 0) throw otherOwners(altered)
  return plan
}

/** Returns whether the role that works on schemas that exist has CREATE on the database. */
export function canCreateSchemas({ actAs }: RolePlan, { schemas }: SchemaState, facts: RoleFacts): boolean {
  return actAs === null ? facts.privileges.create : schemas.every(({ canOwnerCreate }) => canOwnerCreate)
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
    toRun(
      `Log in as "${owner}", or let an administrator run:`,
      `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(role)};`,
    ),
    { data: { owner, role } },
  )
}

function severalOwners(state: SchemaState, owners: readonly string[]): OperatorError {
  const owned = state.schemas.map((schema) => `${schema.name} to "${schema.owner}"`).join(', ')
  // An upgrade by Mathesar itself, as a superuser, creates the others again and keeps the types: their owner
  // installed the schemas.
  const wanted = state.schemas.find(({ name }) => name === TYPES_SCHEMA)?.owner ?? owners[0] ?? ''
  const statements = state.schemas
    .filter((schema) => schema.owner !== wanted)
    .map((schema) => `ALTER SCHEMA ${quoteIdentifier(schema.name)} OWNER TO ${quoteIdentifier(wanted)};`)
  return new OperatorError(
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
export function otherOwners(objects: readonly OtherOwned[]): OperatorError {
  const [first] = objects
  const rest = objects.length - 1
  const others = rest < 1 ? '' : rest === 1 ? ', and one other object too' : `, and ${rest} other objects too`
  const statements = objects.map(({ remedy }) => remedy)
  const unshown = statements.length - SHOWN_STATEMENTS
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `Inside schema ${first?.schema} the ${first?.identity} belongs to role "${first?.owner}" ` +
      `and not to the owner of the schema${others}.`,
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
