import type { Recovery } from '../../databases/recover/index.ts'
import { joinHints, toRun } from '../../hint.ts'
import type { InterruptedOperation } from '../../store/types.ts'
import { shellWord } from '../shell-words.ts'
import { quotedName } from './printable.ts'

/** A warning and what to do about it. */
export interface Warning {
  message: string
  hint?: string
}

/** Describes an operation that a killed run left, for a command that does not finish it. */
export function interruptedWarning(
  { kind, name, startedAt, keepTypes, mayBeRunning }: InterruptedOperation,
  isNameStored: boolean,
): Warning {
  const subject = `${kind === 'add' ? 'Adding' : 'Removing'} ${quotedName(name)} (begun ${startedAt})`
  return {
    message: mayBeRunning
      ? `${subject} is not finished: it was interrupted, or another process is still doing it.`
      : `${subject} was interrupted and is not finished.`,
    hint: `This command does not change that. ${wayOn({ kind, name, keepTypes }, isNameStored)}`,
  }
}

/** Names the commands that finish or drop an operation. `isNameStored`: a record has its name. */
function wayOn(
  { kind, name, keepTypes }: Pick<InterruptedOperation, 'kind' | 'name' | 'keepTypes'>,
  isNameStored: boolean,
): string {
  const word = shellWord(name)
  if (kind === 'remove') {
    return toRun(
      'To finish it, run:',
      `mathesarctl db remove ${word} --remove-schema${keepTypes ? ' --keep-types' : ''}`,
    )
  }
  if (isNameStored) {
    return (
      'The next command that writes finishes it, unless the record of that name is another database: then run ' +
      '"mathesarctl db add OTHERNAME" with the same connection.'
    )
  }
  return toRun(
    `To finish it, run the same "mathesarctl db add ${word}" again. To drop it, run:`,
    `mathesarctl db remove ${word}`,
  )
}

function leftDatabaseHint(database: string): string {
  return `Database ${quotedName(database)}, which that run was to create, exists: drop it by hand if nobody needs it.`
}

/** Describes what became of an operation that a killed run left. */
export function recoveryWarning({
  kind,
  name,
  outcome,
  reason,
  isRecordKept,
  leftDatabase,
}: Recovery): Warning {
  const isAddition = kind === 'add'
  const event = `An earlier run was interrupted while ${isAddition ? 'adding' : 'removing'} ${quotedName(name)}`
  switch (outcome) {
    case 'finished':
      return isRecordKept
        ? {
            message: `${event}; it is finished now. ${quotedName(name)} stays stored, for the record names another database by now.`,
          }
        : { message: `${event}; it is finished now.` }
    case 'rolled back':
      return {
        message: isAddition
          ? `${event}, before the Mathesar schemas were installed; nothing is stored.`
          : `${event}, and the Mathesar schemas were not removed; the record stays.`,
        ...(leftDatabase === undefined ? {} : { hint: leftDatabaseHint(leftDatabase) }),
      }
    default: {
      const word = shellWord(name)
      // Another database has the name by now, and its removal would be another matter.
      if (reason?.code === 'NAME_TAKEN') {
        return { message: `${event}, and it can't be finished: ${reason.message}`, hint: reason.hint }
      }
      const ways = isAddition
        ? toRun('This drops what is left of it here:', `mathesarctl db remove ${word}`)
        : joinHints(
            toRun(
              'The credentials stay stored until then. This removes them:',
              `mathesarctl db remove ${word}`,
            ),
            toRun('This, with the right values, keeps them:', `mathesarctl db edit ${word}`),
          )
      return {
        message: `${event}, and its outcome can't be proved now: ${reason?.message ?? ''}`,
        hint: joinHints(reason?.hint ?? '', `The next command that writes checks again. ${ways}`),
      }
    }
  }
}
