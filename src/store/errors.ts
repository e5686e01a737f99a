import { OperatorError } from '../errors.ts'
import { type LockOwner, lockOwnerText } from '../locks/lock-owner.ts'
import type { PendingOperation } from './types.ts'

/** `LOCKED`: others changed the rows that a write is about, and nothing was written. */
export class RowsChangedError extends OperatorError {
  static override readonly kind = 'rows changed'
}

/** `STORE_UNAVAILABLE`: a file that is no internal database, or that this process may not use. */
export class WrongFileError extends OperatorError {
  static override readonly kind = 'wrong file'
}

/** `NOT_FOUND`: no database is stored under that name. */
export function notFound(name: string): OperatorError {
  return new OperatorError(
    'NOT_FOUND',
    `No database is stored under the name ${JSON.stringify(name)}.`,
    'Run "mathesarctl db list" to see the names.',
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

/** `NAME_TAKEN`: another database got the name of an addition while the addition was under way. */
export function nameTakenMeanwhile(name: string): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `Another database got the name ${JSON.stringify(name)} while this one was being added.`,
    'To finish under another name, run "mathesarctl db add OTHERNAME" with the same connection.',
    { field: 'name' },
  )
}

/** `LOCKED`: another process changed the connection of the record while this one made its plan. */
export function recordChanged(name: string): OperatorError {
  return new OperatorError(
    'LOCKED',
    `Another process changed the connection of ${JSON.stringify(name)} while this command checked it.`,
    'Run the same command again: it checks the database that the record names now.',
    { field: 'name' },
  )
}

/** `LOCKED`: Mathesar recorded a version of its SQL while this program worked on the database. */
export function versionChanged(database: string, version: string): OperatorError {
  return new OperatorError(
    'LOCKED',
    `Mathesar recorded the version ${JSON.stringify(version)} for the database ${JSON.stringify(database)} ` +
      'while this command ran.',
    'Its record stays. Run the same command again: it checks what the database has now.',
    { field: 'name' },
  )
}

/** `LOCKED`: more would be deleted with a record than somebody agreed to. */
export function recordGrown(name: string): RowsChangedError {
  return new RowsChangedError(
    'LOCKED',
    `Somebody used ${JSON.stringify(name)} in Mathesar meanwhile: more would be deleted with its record than ` +
      'this removal was to delete.',
    'The record stays. Run the same command again: it shows what would be deleted by now.',
    { field: 'name' },
  )
}

/**
 * `LOCKED`: an operation on that name has not ended. `data.running` is its id while its process lives;
 * `data.interrupted` is its id where the process is gone, so that another process can take it over.
 */
export function operationPending(
  operation: PendingOperation,
  isLive: boolean,
  owner: LockOwner | null = null,
): OperatorError {
  const { id, kind, startedAt } = operation
  const name = JSON.stringify(operation.name)
  if (isLive) {
    const doing = kind === 'add' ? 'adding' : 'removing'
    return new OperatorError(
      'LOCKED',
      `Another process${owner === null ? '' : `, ${lockOwnerText(owner)},`} has been ${doing} the database ` +
        `${name} since ${startedAt}.`,
      'Wait until that process has finished, then run the same command again.',
      { data: { running: id, startedAt, ...(owner === null ? {} : { pid: owner.pid }) } },
    )
  }
  const noun = kind === 'add' ? 'addition' : 'removal'
  return new OperatorError(
    'LOCKED',
    `The ${noun} of the database ${name}, begun ${startedAt}, was interrupted and is not settled yet.`,
    'Run the same command again: it settles the interrupted operation first.',
    { data: { interrupted: id, startedAt } },
  )
}

/** `LOCKED`: the journal entry that this process holds is no longer there. */
export function operationMissing({ kind, name }: PendingOperation): OperatorError {
  const noun = kind === 'add' ? 'addition' : 'removal'
  return new OperatorError(
    'LOCKED',
    `The journal of the internal database no longer contains the ${noun} of ${JSON.stringify(name)}.`,
    'Somebody deleted it: check the stored databases with "mathesarctl db list", then run the command again.',
  )
}

/** `STORE_UNAVAILABLE`: the internal database can't be used, and why. */
export function unavailable(location: string, reason: string, hint: string, cause?: unknown): OperatorError {
  return new OperatorError('STORE_UNAVAILABLE', unavailableText(location, reason), hint, causeOf(cause))
}

/** The same for a file that is the wrong one; the hint names the flag for another. */
export function wrongFile(location: string, reason: string, hint: string, cause?: unknown): WrongFileError {
  return new WrongFileError('STORE_UNAVAILABLE', unavailableText(location, reason), hint, causeOf(cause))
}

function unavailableText(location: string, reason: string): string {
  return `The internal database ${location} can't be used: ${reason}.`
}

function causeOf(cause: unknown): { cause?: unknown } {
  return cause === undefined ? {} : { cause }
}

/** `LOCKED`: what would be written now would be under the old key. */
export function rotationRunning(location: string): OperatorError {
  return new OperatorError(
    'LOCKED',
    `Another process rotates the secret key of the internal database ${location}.`,
    'Wait until that process has finished, then run the same command again.',
  )
}

/** `SECRET_KEY_MISMATCH`: what would be written now would be under a key that is no longer in use. */
export function keyReplaced(): OperatorError {
  return new OperatorError(
    'SECRET_KEY_MISMATCH',
    'The secret key was replaced while this command ran. Nothing was stored under the old one.',
    'Run the same command again, which then uses the new key.',
  )
}
