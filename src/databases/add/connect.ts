import { OperatorError } from '../../errors.ts'
import { isClosedByRun, reopenDatabase } from '../../postgres/database/reopen.ts'
import { ConnectionError } from '../../postgres/errors.ts'
import type { Session } from '../../postgres/types.ts'
import { connectOptions, open, reportConnection } from '../open.ts'
import type { AddRequest } from './types.ts'
import type { UndoStack } from './undo.ts'

/**
 * Opens the database of the request; returns `null` if the server has none of that name and the add may
 * create it. Errors: `SECRET_KEY_MISMATCH` before all others; those of connecting.
 */
export async function openDatabase(request: AddRequest, steps: UndoStack): Promise<Session | null> {
  const { input, options, keyFits } = request
  try {
    const session = await openOrReopen(request)
    steps.push({ kind: 'close session', session })
    await keyFits
    reportConnection(session, input.settings, options)
    return session
  } catch (error) {
    // The operator must learn first that the key does not fit.
    await keyFits
    const isMissing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
    if (isMissing && input.createDatabase) return null
    throw error
  }
}

/** Opens a database again that a killed run closed in order to drop it. */
async function openOrReopen(request: AddRequest): Promise<Session> {
  const { input, options, keyFits } = request
  const { settings } = input
  try {
    return await open(settings, options)
  } catch (error) {
    const isClosed = error instanceof ConnectionError && error.reason === 'not accepting connections'
    if (!isClosed) throw error
    await keyFits
    if (input.dryRun) throw await explainClosed(error, request)
    if (!(await reopenDatabase(settings, connectOptions(options)))) throw error
    options.onProgress?.({
      type: 'warning',
      message: `An earlier run created database "${settings.database}" and was interrupted while it dropped it again; it is open again.`,
      hint: 'This run uses it like any other database.',
    })
    return open(settings, options)
  }
}

/** A dry run does not open a closed database, but the add does where a killed run closed it. */
async function explainClosed(
  error: ConnectionError,
  { input, options }: AddRequest,
): Promise<ConnectionError> {
  const { settings } = input
  const isOurs = await isClosedByRun(settings, connectOptions(options)).catch(() => false)
  if (!isOurs) return error
  return error.with({
    message: `Database "${settings.database}" accepts no connections: an earlier run of mathesarctl created it and was interrupted while it dropped it again.`,
    hint: 'Nothing was changed, and nothing inside was checked. Without --dry-run this command opens the database again and uses it.',
  })
}
