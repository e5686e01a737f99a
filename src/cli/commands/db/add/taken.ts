import { DEFAULT_SETTINGS } from '../../../../databases/interface/connection-settings.ts'
import { nameTakenBy } from '../../../../databases/name-taken.ts'
import { asShown } from '../../../../errors.ts'
import type { StoredDatabase } from '../../../../store/types.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import type { Choice, Prompts } from '../../../prompts/prompts.ts'
import { showError } from '../../../prompts/show-error.ts'
import type { Reporter } from '../../../terminal.ts'

/** The fields that tell one database from another; the role only where a stored database has one alone. */
const PLACE_FIELDS = ['host', 'port', 'database'] as const
const TARGET_FIELDS = [...PLACE_FIELDS, 'user'] as const
type TargetField = (typeof TARGET_FIELDS)[number]

/**
 * How the values that the operator gave compare with a stored database: they name it, they name another one,
 * or some are missing and the others agree.
 */
export type Comparison = 'same' | 'different' | 'incomplete'

/** Compares the given values with a stored database; `isGiven` tells which fields need no question. */
export function compareTarget(
  stored: StoredDatabase,
  { values }: GivenConnection,
  { isGiven, hasServers }: { isGiven: (field: TargetField) => boolean; hasServers: boolean },
): Comparison {
  const given = TARGET_FIELDS.filter(isGiven)
  const effective = { ...DEFAULT_SETTINGS, ...values }
  const compared: readonly TargetField[] = hasServers ? PLACE_FIELDS : TARGET_FIELDS
  if (given.some((field) => compared.includes(field) && effective[field] !== stored[field]))
    return 'different'
  return given.length === TARGET_FIELDS.length ? 'same' : 'incomplete'
}

/** What the operator does about a name that is taken. */
export type TakenChoice = 'other' | 'same'

/**
 * Reports at the start of the dialogue that the name is taken, and asks what to do about it. Errors:
 * `NAME_TAKEN` if the operator gives up.
 */
export async function askAboutTaken(
  stored: StoredDatabase,
  comparison: Exclude<Comparison, 'same'>,
  { prompts, reporter }: { prompts: Prompts; reporter: Reporter },
): Promise<TakenChoice> {
  const error = nameTakenBy(stored)
  showError(error, reporter)
  reporter.explain()
  const choices: Choice<TakenChoice | 'give up'>[] = [
    { value: 'other', name: 'Choose another unique name' },
    ...(comparison === 'different'
      ? []
      : [
          {
            value: 'same' as const,
            name: 'Add the same database again, with its stored values',
            description: 'This installs or upgrades its Mathesar schemas, and can store another password.',
          },
        ]),
    { value: 'give up', name: 'Give up; no database is added' },
  ]
  const choice = await prompts.choice('What do you want to do?', choices, 'other')
  if (choice === 'give up') throw asShown(error)
  return choice
}
