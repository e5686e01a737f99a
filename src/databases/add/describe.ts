import { totalObjects } from '../../schema/sources/pieces.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { SchemaState } from '../../schema/types.ts'
import { confirmedVersionOf } from '../../store/confirmed-version.ts'
import { NO_SQL_VERSION } from '../../store/types.ts'
import {
  type AddAction,
  type AddOutcome,
  type AddPlan,
  type CheckedTarget,
  type FoundSchema,
  type PlannedAccess,
  type SettledRequest,
  writesSchemas,
} from './types.ts'

/** Returns the schemas as the checks found them, for the record and the result. */
export function describeFound(state: SchemaState): FoundSchema {
  if (state.kind === 'ours') {
    const { source, version, objects } = state.record
    return { source, version, objects, release: null }
  }
  const objects = state.schemas.reduce((sum, schema) => sum + schema.objects, 0)
  return {
    source: 'adopted',
    version: null,
    objects,
    release: state.kind === 'foreign' ? state.releases : null,
  }
}

/** Returns the schemas that an add which only registers found; `null` if Mathesar can't use what is there. */
export function describeRegistered(state: SchemaState): FoundSchema | null {
  return state.kind === 'ours' || state.kind === 'foreign' ? describeFound(state) : null
}

/**
 * Returns the plan that the operator is asked to agree to. `isCreated`: this run created the database that is
 * present.
 */
export function planOf(
  { store, input, source, existing, row }: SettledRequest,
  target: CheckedTarget,
  { isCreated = false } = {},
): AddPlan {
  const { name, settings } = input
  const common = { name, settings, isUpdate: existing !== null, row, source: describeSource(source) }
  if (target.kind === 'missing') {
    return {
      ...common,
      awaitsInstall: awaitsInstall(store, input, null),
      schemaBefore: null,
      facts: null,
      schemaAction: input.registerOnly ? 'none' : 'install',
      schemaOwner: null,
      release: null,
      createsDatabase: true,
      alsoStoredAs: [],
    }
  }
  const { facts, state, action, alsoStoredAs } = target.database
  const before = describeRegistered(state)
  return {
    ...common,
    awaitsInstall: awaitsInstall(store, input, before),
    schemaBefore: before,
    facts,
    schemaAction: action,
    schemaOwner: state.schemas[0]?.owner ?? null,
    release: describeFound(state).release,
    createsDatabase: isCreated,
    alsoStoredAs,
  }
}

/** Returns the result of a dry run. */
export function plannedOutcome(request: SettledRequest, target: CheckedTarget): AddOutcome {
  const { input, source } = request
  const isMissing = target.kind === 'missing'
  const newAction: AddAction = input.registerOnly ? 'none' : 'install'
  const action = isMissing ? newAction : target.database.action
  return {
    ...storedOutcome(request, plannedSchema(source, target, action)),
    status: 'planned',
    schemaAction: action,
    createdDatabase: false,
    ...(isMissing ? { createsDatabase: true } : {}),
    updated: [],
    alsoStoredAs: isMissing ? [] : target.database.alsoStoredAs,
  }
}

/** Returns what every result states of the record and the schemas. */
export function storedOutcome(
  { store, input, row }: SettledRequest,
  schema: FoundSchema | null,
): Pick<AddOutcome, 'name' | 'schema'> & Partial<AddOutcome> {
  const { settings, isOtherSpelling, access, passwordSharedWith, sslmode } = row
  const { host, port } = settings
  const sslmodeSharedWith = sslmode?.sharedWith ?? []
  return {
    name: input.name,
    schema,
    ...(awaitsInstall(store, input, schema) ? { awaitsInstall: true } : {}),
    ...(isOtherSpelling ? { storedServer: { host, port } } : {}),
    ...(access ? { access: [...access.after] } : {}),
    ...(access && access.users.length > 0 ? { accessChanges: accessChanges(access, settings.user) } : {}),
    ...(passwordSharedWith.length > 0 ? { passwordSharedWith: [...passwordSharedWith] } : {}),
    ...(sslmodeSharedWith.length > 0 ? { sslmodeSharedWith: [...sslmodeSharedWith] } : {}),
  }
}

/**
 * Returns whether a Mathesar has to install its own SQL: the add only registers, and nothing proves that the
 * SQL of a release is there.
 */
function awaitsInstall(
  { capabilities }: SettledRequest['store'],
  { registerOnly }: SettledRequest['input'],
  schema: FoundSchema | null,
): boolean {
  return (
    registerOnly === true &&
    capabilities.generation === 'modern' &&
    confirmedVersionOf(schema) === NO_SQL_VERSION
  )
}

function accessChanges(
  { users, moved }: PlannedAccess,
  role: string,
): NonNullable<AddOutcome['accessChanges']> {
  const before = (user: string) => moved.find((access) => access.user === user)?.role ?? null
  return users.map((user) => ({ user, role, before: before(user) }))
}

function plannedSchema(source: SchemaSource, target: CheckedTarget, action: AddAction): FoundSchema | null {
  if (writesSchemas(action)) {
    const { name, version, objects } = describeSource(source)
    return { source: name, version, objects, release: null }
  }
  if (target.kind === 'missing') return null
  const { state } = target.database
  return action === 'none' ? describeRegistered(state) : describeFound(state)
}

function describeSource({ name, version, parts, origin }: SchemaSource): AddPlan['source'] {
  return { name, version, objects: totalObjects(parts), ...(origin === undefined ? {} : { origin }) }
}
