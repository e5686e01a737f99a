import type { OperatorError } from '../../errors.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { aborted } from '../removal/index.ts'
import { type RemoveDatabaseResult, type RemovePlan, type RemoveRequest, removeResult } from './types.ts'

/**
 * Removes the record alone, and the journal entry of an interrupted run; neither needs the key or the server.
 * `settings` and `unreachable` are given where the schemas were to be removed too, and the server can't be
 * reached. Errors: `ABORTED`, `NOT_FOUND`, `LOCKED`.
 */
export async function removeRecord(
  request: RemoveRequest,
  settings: ConnectionSettings | null = null,
  unreachable: OperatorError | null = null,
): Promise<RemoveDatabaseResult> {
  const { input, waiting, deletes } = request
  const { name } = input
  const result = { deletes, forgotten: waiting !== null || unreachable !== null }
  if (input.dryRun) return removeResult(name, { ...result, status: 'planned' })
  await forgetWithConsent(request, settings, unreachable ?? waiting?.reason ?? null)
  return removeResult(name, result)
}

/**
 * Deletes the record and the entry of an interrupted run if the operator agrees. Errors: `ABORTED`,
 * `NOT_FOUND`, `LOCKED`.
 */
export async function forgetWithConsent(
  request: RemoveRequest,
  settings: ConnectionSettings | null,
  unreachable: OperatorError | null = null,
): Promise<void> {
  const { input, deletes } = request
  const { name, confirm } = input
  const plan: RemovePlan = { name, deletes, settings, removal: null, alsoUsedBy: [], unreachable }
  if (confirm && (await confirm(plan, 'remove')) !== true) throw aborted()
  await forget(request)
}

/**
 * Deletes the record and the entry of an interrupted run, without a question. Errors: `NOT_FOUND`, `LOCKED`.
 */
async function forget({ store, input, waiting, deletes }: RemoveRequest): Promise<void> {
  const agreed = deletes
  const isDone = waiting !== null && (await store.dismiss(waiting.id, { record: true, agreed }))
  if (!isDone) await store.forget(input.name, agreed)
}
