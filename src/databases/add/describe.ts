import { totalObjects } from '../../schema/sources/pieces.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { SchemaState } from '../../schema/types.ts'
import type { SchemaAction } from '../choose-action.ts'
import type { AddOutcome, AddPlan, AddRequest, CheckedTarget } from './types.ts'

/** Returns the schemas as the checks found them, for the record and the result. */
export function describeFound(state: SchemaState): AddOutcome['schema'] {
  if (state.kind === 'ours') return { ...state.record, release: null }
  const objects = state.schemas.reduce((sum, schema) => sum + schema.objects, 0)
  return {
    source: 'adopted',
    version: null,
    objects,
    release: state.kind === 'foreign' ? state.releases : null,
  }
}

/**
 * Returns the plan that the operator is asked to agree to. `isCreated`: this run created the database that is
 * present.
 */
export function planOf(
  { input, source, existing }: AddRequest,
  target: CheckedTarget,
  { isCreated = false } = {},
): AddPlan {
  const { name, settings } = input
  const update = existing && { keepsPassword: settings.password === existing.settings.password }
  const common = { name, settings, update, source: describeSource(source) }
  if (target.kind === 'missing') {
    return {
      ...common,
      facts: null,
      schemaAction: 'install',
      schemaOwner: null,
      release: null,
      createsDatabase: true,
      alsoStoredAs: [],
    }
  }
  const { facts, state, action, alsoStoredAs } = target.database
  return {
    ...common,
    facts,
    schemaAction: action,
    schemaOwner: state.schemas[0]?.owner ?? null,
    release: describeFound(state).release,
    createsDatabase: isCreated,
    alsoStoredAs,
  }
}

/** Returns the result of a dry run. */
export function plannedOutcome({ input, source }: AddRequest, target: CheckedTarget): AddOutcome {
  const isMissing = target.kind === 'missing'
  const action: SchemaAction = isMissing ? 'install' : target.database.action
  const { version, objects } = describeSource(source)
  return {
    name: input.name,
    status: 'planned',
    schema: { source: source.name, version, objects, release: null },
    schemaAction: action,
    createdDatabase: false,
    ...(isMissing ? { createsDatabase: true } : {}),
    updated: [],
    alsoStoredAs: isMissing ? [] : target.database.alsoStoredAs,
  }
}

function describeSource({ name, version, parts }: SchemaSource): AddPlan['source'] {
  return { name, version, objects: totalObjects(parts) }
}
