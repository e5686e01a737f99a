import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import type { CreatedDatabase } from '../../postgres/database/create.ts'
import { dropCreatedDatabase, type KeptReason } from '../../postgres/database/drop-created.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import type { Session } from '../../postgres/types.ts'
import { UnknownOutcomeError } from '../../schema/errors.ts'
import type { HeldOperation } from '../../store/types.ts'
import { connectOptions } from '../open.ts'
import type { AddRequest } from './types.ts'

/** One thing that an add did and that a failure has to undo. */
export type UndoStep =
  | { kind: 'close session'; session: Session }
  | { kind: 'drop database'; created: CreatedDatabase }
  | { kind: 'end operation'; operation: HeldOperation }

/** Registers what a phase did, at the moment when it did it. */
export type UndoStack = Pick<UndoStep[], 'push'>

/** Why a database stays that this run created. */
interface KeptDatabase {
  reason: KeptReason
  isClosed: boolean
}

/**
 * Undoes the steps of a failed add, the last one first: nothing of the attempt stays. The server has rolled
 * the install back. A database that this run created is dropped, unless somebody else uses it meanwhile.
 * If the outcome of COMMIT is unknown, nothing is undone, and the journal entry stays for the next run,
 * which checks the database.
 *
 * Returns the error to throw: the given one, or why the entry stays; it also reports a database that stays.
 */
export async function undo(
  steps: readonly UndoStep[],
  request: AddRequest,
  error: unknown,
): Promise<unknown> {
  if (error instanceof UnknownOutcomeError) {
    await keepForNextRun(steps)
    return error
  }
  let failure = error
  let keptDatabase: KeptDatabase | null = null
  for (const step of steps.toReversed()) {
    switch (step.kind) {
      case 'close session':
        await step.session.close()
        break
      case 'drop database':
        keptDatabase = await dropDatabase(request, step.created)
        break
      case 'end operation':
        // A later run has to open a database that is still closed.
        if (keptDatabase?.isClosed) await step.operation.release()
        else await step.operation.abandon().catch((reason: unknown) => (failure = reason))
        break
    }
  }
  return keptDatabase === null ? failure : withKeptDatabase(failure, keptDatabase, request)
}

/** Leaves everything as it is; the journal entry stays for the next run, which finishes the work. */
export async function keepForNextRun(steps: readonly UndoStep[]): Promise<void> {
  for (const step of steps) if (step.kind === 'end operation') await step.operation.release()
}

/** Closes the sessions, however the add ended. Never rejects. */
export async function closeSessions(steps: readonly UndoStep[]): Promise<void> {
  for (const step of steps) if (step.kind === 'close session') await step.session.close()
}

/** Returns `null` if the database is gone. */
async function dropDatabase(
  { input, options }: AddRequest,
  created: CreatedDatabase,
): Promise<KeptDatabase | null> {
  // The run's own signal may be what ended it, and would end this at once.
  const { signal: _aborted, ...rest } = options
  const outcome = await dropCreatedDatabase(input.settings, created, connectOptions(rest))
  return outcome.kind === 'kept' ? outcome : null
}

function withKeptDatabase(
  error: unknown,
  { reason, isClosed }: KeptDatabase,
  { input, options }: AddRequest,
): unknown {
  const { database } = input.settings
  const message = `Database "${database}", which this run created, stays: ${reasonText(reason)}`
  const hint = isClosed
    ? toRun(
        'It accepts no connections. Run the command again, which opens it, or run:',
        `ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS true;`,
      )
    : 'Drop it by hand if nobody needs it.'
  if (!(error instanceof OperatorError)) {
    options.onProgress?.({ type: 'warning', message, hint })
    return error
  }
  const data = { keptDatabase: { database, reason: reason.kind, closed: isClosed } }
  // For an interruption, the program prints only the message.
  return error.code === 'ABORTED'
    ? error.with({ message: `${error.message} ${message} ${hint}`, data })
    : error.with({ hint: joinHints(error.hint, `${message} ${hint}`), data })
}

function reasonText(reason: KeptReason): string {
  switch (reason.kind) {
    case 'contents':
      if (reason.isHidden) return `the role may not read ${reason.table}, so its contents are unknown.`
      return reason.object === null
        ? `another session changed ${reason.table} in it.`
        : `another session created or changed ${reason.object} in it.`
    case 'sessions':
      return 'another session is connected to it, or has prepared a transaction in it.'
    case 'settings':
      return 'another session changed its owner, privileges, settings or comment.'
    case 'error':
      return `it could not be dropped. ${reason.error.message}`
  }
}
