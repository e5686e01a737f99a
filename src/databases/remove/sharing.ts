import { OperatorError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import type { ConnectionSettings, ServerFacts } from '../../postgres/types.ts'
import { aborted } from '../removal/index.ts'
import { findOtherRecords, quotedNames } from '../same-database.ts'
import type { RemoveRequest } from './types.ts'

/**
 * Returns the names of other stored databases that are the same database on the same server, however it is
 * spelled, once the operator agreed that they lose the schemas. Errors: `DEPENDENTS_EXIST` with
 * `data.alsoUsedBy`, `ABORTED`.
 */
export async function acceptedSharing(
  { store, input, options }: RemoveRequest,
  settings: ConnectionSettings,
  { identity }: ServerFacts,
): Promise<string[]> {
  const { name, sharedSchema, acceptSharing } = input
  const { sameNames, unknown } = await findOtherRecords(store, { name, settings, identity }, options)
  if (unknown.length > 0) {
    options.onProgress?.({
      type: 'warning',
      message: `${quotedNames(unknown)} may be the same database, and could not be compared.`,
      hint: 'If it is the same, it loses the Mathesar schemas too.',
    })
  }
  if (sameNames.length === 0) return sameNames
  if (!sharedSchema) {
    if (!acceptSharing) throw sharedError(settings.database, sameNames)
    if (!(await acceptSharing(sameNames))) throw aborted()
    return sameNames
  }
  options.onProgress?.({
    type: 'warning',
    message: `The same database is also stored as ${quotedNames(sameNames)}, and loses the Mathesar schemas there too.`,
    hint: 'Leave --remove-schema out to remove this record alone.',
  })
  return sameNames
}

/**
 * Adds to the error about dependents that other stored databases would lose the schemas as well, where nobody
 * can be asked about that: otherwise the next run would fail because of them.
 */
export async function withSharing(
  error: unknown,
  { store, input, options }: RemoveRequest,
  settings: ConnectionSettings,
  { identity }: ServerFacts,
): Promise<unknown> {
  const { name, sharedSchema, acceptSharing, dryRun } = input
  if (!(error instanceof OperatorError) || error.code !== 'DEPENDENTS_EXIST') return error
  if (sharedSchema || acceptSharing || dryRun) return error
  const { sameNames } = await findOtherRecords(store, { name, settings, identity }, options)
  if (sameNames.length === 0) return error
  return error.with({
    hint: joinHints(
      error.hint,
      `The same database is also stored as ${quotedNames(sameNames)}: to drop the schemas for all of them, add --shared-schema.`,
    ),
    data: { alsoUsedBy: sameNames },
  })
}

function sharedError(database: string, names: readonly string[]): OperatorError {
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `Database "${database}" is also stored as ${quotedNames(names)}, which would lose the Mathesar schemas too.`,
    'Leave --remove-schema out to remove this record alone, or add --shared-schema to drop the schemas for all of them.',
    { field: 'shared-schema', data: { alsoUsedBy: names } },
  )
}
