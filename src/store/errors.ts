import { OperatorError } from '../errors.ts'
import type { PendingOperation } from './types.ts'

/** `NOT_FOUND`: no database is stored under that name. */
export function notFound(name: string): OperatorError {
  return new OperatorError(
    'NOT_FOUND',
    `No database is stored under the name ${JSON.stringify(name)}.`,
    'Run "mathesarctl db list" to see the names.',
    { field: 'name' },
  )
}

/** `NAME_TAKEN`: another database got the name of an addition while the addition was under way. */
export function nameTakenMeanwhile(name: string): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `Another database got the name ${JSON.stringify(name)} while this one was being added.`,
    'To finish under another name, run "mathesarctl db add OTHERNAME" with the same server, database and role.',
    { field: 'name' },
  )
}

/** `NAME_TAKEN`: a database is stored under that name already. */
export function nameTaken(name: string): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `A database is already stored under the name ${JSON.stringify(name)}.`,
    'Choose another name, or change the stored one with "mathesarctl db edit".',
    { field: 'name' },
  )
}

/**
 * `LOCKED`: an operation on that name has not ended. `data.interrupted` is its id where its process is gone,
 * so that it can be taken over; `data.running` where the process lives.
 */
export function operationPending(operation: PendingOperation, live: boolean): OperatorError {
  const { id, kind, startedAt } = operation
  const name = JSON.stringify(operation.name)
  return live
    ? new OperatorError(
        'LOCKED',
        `Another process has been ${kind === 'add' ? 'adding' : 'removing'} the database ${name} since ${startedAt}.`,
        'Wait until it is done, then run the same command again.',
        { data: { running: id, startedAt } },
      )
    : new OperatorError(
        'LOCKED',
        `${kind === 'add' ? 'Adding' : 'Removing'} the database ${name} was interrupted (begun ${startedAt}), and that is not settled yet.`,
        'Run the same command again: it settles what was interrupted first.',
        { data: { interrupted: id, startedAt } },
      )
}

/** `LOCKED`: the journal entry that was held is no longer there. */
export function operationMissing(operation: PendingOperation): OperatorError {
  return new OperatorError(
    'LOCKED',
    `The journal of the internal database no longer holds the ${operation.kind === 'add' ? 'addition' : 'removal'} of ${JSON.stringify(operation.name)}.`,
    'Somebody changed the internal database meanwhile: look at it with "mathesarctl db list", then run the same command again.',
  )
}

/** `STORE_UNAVAILABLE`: the internal database can't be used, and why. */
export function unavailable(location: string, reason: string, hint: string, cause?: unknown): OperatorError {
  const message = `The internal database ${location} can't be used: ${reason}.`
  return new OperatorError('STORE_UNAVAILABLE', message, hint, cause === undefined ? {} : { cause })
}
