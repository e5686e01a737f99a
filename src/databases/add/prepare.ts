import { OperatorError } from '../../errors.ts'
import { createDatabase } from '../../postgres/database/create.ts'
import type { Session } from '../../postgres/types.ts'
import type { HeldOperation } from '../../store/types.ts'
import { connectOptions, open } from '../open.ts'
import { checkInside } from './check.ts'
import { planOf } from './describe.ts'
import { newAccess } from './store.ts'
import {
  type AddRequest,
  type CheckedDatabase,
  type CheckedTarget,
  type PreparedDatabase,
  type SettledRequest,
  writesSchemas,
} from './types.ts'
import type { UndoStack } from './undo.ts'

/**
 * Asks the operator, writes the journal entry, and creates a database that is missing. Errors: `ABORTED`,
 * `LOCKED`, `NAME_TAKEN`, those of `createDatabase`, and those of the checks inside a created database.
 */
export async function prepareDatabase(
  request: SettledRequest,
  target: CheckedTarget,
  steps: UndoStack,
): Promise<PreparedDatabase> {
  if (target.kind === 'present') {
    const { database } = target
    if (isUpToDate(request, database)) {
      if (concernsOthers(request)) await askForConsent(request, target)
      return { ...database, operation: null, isCreated: false }
    }
    await askForConsent(request, target)
    // One statement stores it, and the user database stays as it is: nothing would be left to settle.
    const operation = request.input.registerOnly ? null : await beginOperation(request, target, steps)
    return { ...database, operation, isCreated: false }
  }
  await askForConsent(request, target)
  const operation = await beginOperation(request, target, steps)
  const { session, isCreated } = await createAndOpen(request, steps)
  const database = await checkInside(request, session)
  // The template may have had schemas that nobody could know of before.
  const isExpected = ['install', 'none'].includes(database.action) || isUpToDate(request, database)
  if (!isExpected) await askForConsent(request, { kind: 'present', database }, { isCreated: true })
  return { ...database, operation, isCreated }
}

/**
 * Returns whether the database is stored already and its schemas stay as they are: only its record may
 * change.
 */
export function isUpToDate({ existing }: AddRequest, { action }: CheckedDatabase): boolean {
  return existing !== null && !writesSchemas(action)
}

/** Returns whether an update of a record changes what other stored databases, or users of Mathesar, have. */
function concernsOthers({ row }: SettledRequest): boolean {
  const { access, passwordSharedWith, sslmode } = row
  return passwordSharedWith.length > 0 || sslmode !== null || (access?.users ?? []).length > 0
}

/** Errors: `ABORTED` if the operator declines. */
async function askForConsent(
  request: SettledRequest,
  target: CheckedTarget,
  how: { isCreated?: boolean } = {},
): Promise<void> {
  const { confirm } = request.input
  if (!confirm || (await confirm(planOf(request, target, how)))) return
  throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
}

/** Writes the journal entry; none if the credentials are stored already. */
async function beginOperation(
  { store, input, existing, row }: SettledRequest,
  target: CheckedTarget,
  steps: UndoStack,
): Promise<HeldOperation | null> {
  if (existing) return null
  // What the run records of the schemas decides about the version.
  const access = newAccess(row, null)
  const operation = await store.begin({
    kind: 'add',
    name: input.name,
    settings: row.settings,
    ...(access ? { access } : {}),
    ...(target.kind === 'missing' ? { createsDatabase: true } : {}),
  })
  steps.push({ kind: 'end operation', operation })
  return operation
}

/** `isCreated` is false if somebody else created the database meanwhile. */
async function createAndOpen(
  { input, options }: AddRequest,
  steps: UndoStack,
): Promise<{ session: Session; isCreated: boolean }> {
  const { settings } = input
  options.onProgress?.({ type: 'step', step: 'create-database', detail: `database "${settings.database}"` })
  const created = await createDatabase(settings, connectOptions(options))
  if (created !== null) steps.push({ kind: 'drop database', created })
  options.signal?.throwIfAborted()
  const session = await open(settings, options)
  steps.push({ kind: 'close session', session })
  return { session, isCreated: created !== null }
}
