import { DEFAULT_SETTINGS } from '../../../../databases/interface/connection-settings.ts'
import { nameTakenBy } from '../../../../databases/name-taken.ts'
import { asShown } from '../../../../errors.ts'
import type { StoredDatabase } from '../../../../store/types.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import type { Choice, Prompts } from '../../../prompts/prompts.ts'
import { showError } from '../../../prompts/show-error.ts'
import { printable } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'

/** The fields that tell one database from another; the role only where a stored database has one alone. */
const PLACE_FIELDS = ['host', 'port', 'database'] as const
const TARGET_FIELDS = [...PLACE_FIELDS, 'user'] as const
type TargetField = (typeof TARGET_FIELDS)[number]

/**
 * How the values that the operator gave compare with a stored database: they name it, they name another one,
 * they may name it with another spelling of its server, or some are missing and the others agree.
 */
export type Comparison = 'same' | 'different' | 'respelled' | 'incomplete'

/** Compares the given values with a stored database; `isGiven` tells which fields need no question. */
export function compareTarget(
  stored: StoredDatabase,
  { values }: GivenConnection,
  { isGiven, hasServers }: { isGiven: (field: TargetField) => boolean; hasServers: boolean },
): Comparison {
  const given = TARGET_FIELDS.filter(isGiven)
  const effective = { ...DEFAULT_SETTINGS, ...values }
  const compared: readonly TargetField[] = hasServers ? PLACE_FIELDS : TARGET_FIELDS
  const differing = given.filter((field) => compared.includes(field) && effective[field] !== stored[field])
  if (differing.length > 0) return hasServers && !differing.includes('database') ? 'respelled' : 'different'
  return given.length === TARGET_FIELDS.length ? 'same' : 'incomplete'
}

/**
 * What the operator does about a name that is taken: chooses another one, adds the same database again, adds
 * another role to it, or lets the server decide whether it is the same.
 */
export type TakenChoice = 'other' | 'same' | 'role' | 'respelled'

/** Returns what the operator can do with the stored database itself. */
function sameChoices(
  { access, roles, user }: StoredDatabase,
  comparison: Exclude<Comparison, 'same'>,
  role: string | undefined,
): Choice<TakenChoice>[] {
  if (comparison === 'different') return []
  if (comparison === 'respelled') {
    return [
      {
        value: 'respelled',
        name: 'Go on: it is the same database',
        description: 'The host and port are another spelling of its server, which a connection proves.',
      },
    ]
  }
  const isNewRole = role !== undefined && !(roles ?? [user]).includes(role)
  const another: Choice<TakenChoice> = {
    value: 'role',
    name: isNewRole ? `Add the role "${printable(role, false)}" to that database` : 'Add another role to it',
    description: 'The users of Mathesar who are named then use the database as that role.',
  }
  if (access !== undefined && isNewRole) return [another]
  return [
    {
      value: 'same',
      name: 'Add the same database again, with its stored values',
      description:
        access === undefined
          ? 'This installs or upgrades its Mathesar schemas, and can store another password.'
          : 'This can upgrade its Mathesar schemas, store another password, and give more users access.',
    },
    ...(access === undefined ? [] : [another]),
  ]
}

/**
 * Reports at the start of the dialogue that the name is taken, and asks what to do about it. Errors:
 * `NAME_TAKEN` if the operator gives up.
 *
 * @param role the role that the operator gave
 */
export async function askAboutTaken(
  stored: StoredDatabase,
  comparison: Exclude<Comparison, 'same'>,
  role: string | undefined,
  { prompts, reporter }: { prompts: Prompts; reporter: Reporter },
): Promise<TakenChoice> {
  const error = nameTakenBy(stored)
  showError(error, reporter)
  reporter.explain()
  const choices: Choice<TakenChoice | 'give up'>[] = [
    { value: 'other', name: 'Choose another unique name' },
    ...sameChoices(stored, comparison, role),
    { value: 'give up', name: 'Give up; no database is added' },
  ]
  const choice = await prompts.choice('What do you want to do?', choices, 'other')
  if (choice === 'give up') throw asShown(error)
  return choice
}
