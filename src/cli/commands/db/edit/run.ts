import { findStored, storedRoles } from '../../../../databases/acting-role.ts'
import {
  type EditDatabaseInput,
  type EditDatabaseResult,
  type EditPlan,
  editDatabase,
} from '../../../../databases/edit/index.ts'
import type { RunOptions } from '../../../../databases/events.ts'
import type { InternalDatabase } from '../../../../databases/internal-target.ts'
import { NO_ALTERNATIVES, readAlternatives } from '../../../../databases/other-databases.ts'
import { resolveStoredName } from '../../../../databases/stored-name.ts'
import { asShown, type OperatorError } from '../../../../errors.ts'
import type { ConnectionSettings } from '../../../../postgres/types.ts'
import type { Store, StoredDatabase } from '../../../../store/types.ts'
import { NAME_LABEL } from '../../../prompts/connection.ts'
import { askCorrection, isCorrectable, isDatabaseMissing } from '../../../prompts/correction.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { listed } from '../../../render/listed.ts'
import { printable } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'
import { askAgain, askChanges, askNewName, askPasswordOfRole } from './ask.ts'
import { confirmChanges } from './confirm.ts'

/** What a run of `db edit` works with: plain values, resolved from flags. */
export interface EditRun {
  /** The name of the stored database. */
  name: string
  draft: EditDraft
  /** Users of Mathesar who are to use the database. */
  users: readonly string[]
  /** The stored role that the changes are about; `undefined`: the one that acts. */
  role: string | undefined
  internal: InternalDatabase[]
  /** The Mathesar runs in a container. */
  isInContainer: boolean
  dryRun: boolean
  runOptions: RunOptions
  /** Ends the animation of the progress before something is asked. */
  stop: () => void
}

/** The changes that the dialogue fills and corrects. */
export interface EditDraft {
  changes: Partial<ConnectionSettings>
  /** `undefined` keeps the name. */
  rename: string | undefined
}

/** What the dialogue needs beside the values of the run. */
export interface EditDialogue {
  prompts: Prompts
  reporter: Reporter
  /** Every confirmation is answered with yes. */
  yes: boolean
}

/** Changes a stored database without asking. Errors: those of `editDatabase`. */
export function editFromFlags(
  store: Store,
  { name, draft, users, role, internal, isInContainer, dryRun, runOptions }: EditRun,
  confirm?: EditDatabaseInput['confirm'],
): Promise<EditDatabaseResult> {
  const { changes, rename } = draft
  return editDatabase(
    store,
    {
      name,
      changes,
      users,
      role,
      internal,
      isInContainer,
      dryRun,
      ...(rename === undefined ? {} : { rename }),
      ...(confirm === undefined ? {} : { confirm }),
    },
    runOptions,
  )
}

/**
 * Changes a stored database in a dialogue: asks for every value if the command line changes none, for the
 * password of another role, and for a correction after a failure. What the operator chose at a question is
 * shown and confirmed; what the command line gives is not. Errors: those of `editDatabase` that no other
 * value can correct, or that the operator gives up on.
 */
export async function editByDialogue(
  store: Store,
  given: EditRun,
  dialogue: EditDialogue,
): Promise<EditDatabaseResult> {
  const found = await findStored(store, await resolveStoredName(store, given.name))
  const role = given.role ?? (await chooseRole(found, given, dialogue))
  const run = { ...given, name: found.name, role }
  // The questions are about the values of that role.
  const stored = role === undefined ? found : { ...found, user: role }
  let draft = await completeDraft(stored, run, dialogue)
  let isAsked = isNothingGiven(run)
  for (;;) {
    let changed: EditDraft | null = null
    let isDeclined = false
    const confirm = async (plan: EditPlan) => {
      run.stop()
      while (!(await confirmChanges(plan, store.location, dialogue))) {
        const next = await correct(store, stored, { ...run, draft }, null, dialogue)
        // Otherwise the operator goes back to the summary.
        if (next !== draft) {
          isDeclined = true
          changed = next
          return false
        }
      }
      return true
    }
    try {
      const isTyped = draft.changes.password !== run.draft.changes.password
      const runOptions = isTyped
        ? { ...run.runOptions, passwordSource: { kind: 'prompt' } as const }
        : run.runOptions
      const result = await editFromFlags(store, { ...run, draft, runOptions }, isAsked ? confirm : undefined)
      const hasNoChange = result.status === 'unchanged' && isNothingGiven(run) && !dialogue.yes
      const next = hasNoChange ? await offerChanges(store, stored, { ...run, draft }, dialogue) : null
      if (next === null) return result
      draft = next
    } catch (error) {
      run.stop()
      if (!isDeclined && isCorrectable(error)) {
        changed = await correct(store, stored, { ...run, draft }, error, dialogue)
        if (changed === null) throw asShown(error)
      }
      if (changed === null) throw error
      isAsked ||= isOtherTarget(draft, changed)
      draft = changed
    }
  }
}

/**
 * Offers what the questions do not ask for, after answers that change nothing. Returns the draft to try next;
 * `null` if there is nothing to change.
 */
function offerChanges(
  store: Store,
  stored: StoredDatabase,
  run: EditRun,
  dialogue: EditDialogue,
): Promise<EditDraft | null> {
  dialogue.reporter.explain('These are the stored values: nothing would change.')
  return correct(store, stored, run, null, dialogue, false)
}

/** Returns whether the command line changes nothing. */
function isNothingGiven({ draft: { changes, rename }, users }: EditRun): boolean {
  return Object.keys(changes).length === 0 && rename === undefined && users.length === 0
}

/** Asks which of several stored roles the values are those of, where the command line changes nothing. */
async function chooseRole(
  stored: StoredDatabase,
  run: EditRun,
  { prompts }: EditDialogue,
): Promise<string | undefined> {
  const roles = storedRoles(stored)
  if (roles.length < 2 || !isNothingGiven(run)) return undefined
  return prompts.choice(
    'Stored role to change',
    roles.map((role) => {
      const users = (stored.access ?? []).filter((access) => access.role === role).map(({ user }) => user)
      const description = users.length === 0 ? 'used by nobody' : `used by ${listed(users)}`
      return { value: role, name: printable(role, false), description: printable(description, false) }
    }),
    stored.user,
  )
}

/** Returns whether a correction changed more than the password. */
function isOtherTarget(before: EditDraft, after: EditDraft): boolean {
  const { password: _before, ...old } = { ...before.changes, name: before.rename }
  const { password: _after, ...changed } = { ...after.changes, name: after.rename }
  return JSON.stringify(old) !== JSON.stringify(changed)
}

/** Asks for every value where none is given, and for the password of another role. */
async function completeDraft(
  stored: StoredDatabase,
  run: EditRun,
  dialogue: EditDialogue,
): Promise<EditDraft> {
  const { draft } = run
  const { changes } = draft
  if (isNothingGiven(run)) return { ...draft, changes: await askChanges(stored, dialogue) }
  const isOtherRole = changes.user !== undefined && changes.user !== stored.user
  if (!isOtherRole || changes.password !== undefined) return draft
  return { ...draft, changes: await askPasswordOfRole(stored, changes, dialogue) }
}

/**
 * Shows an error and asks how to continue. Returns the draft to try next, which is `draft` itself if nothing
 * changes; `null` if the operator gives up.
 *
 * @param error `null` if nothing failed, but the operator wants to change the plan
 */
async function correct(
  store: Store,
  stored: StoredDatabase,
  { name, role, draft, internal, runOptions, stop }: EditRun,
  error: OperatorError | null,
  dialogue: EditDialogue,
  hasSummary = error === null,
): Promise<EditDraft | null> {
  const { changes, rename } = draft
  const isMissing = isDatabaseMissing(error)
  const settings = { ...(await store.settings(name, role)), ...changes }
  const alternatives = isMissing ? await readAlternatives(settings, internal, runOptions) : NO_ALTERNATIVES
  const nameLabel = rename === undefined ? NAME_LABEL : 'New unique name'
  stop()
  const correction = await askCorrection(
    {
      error,
      isDatabaseMissing: isMissing,
      database: settings.database,
      user: settings.user,
      port: settings.port,
      ...alternatives,
      nameLabel: rename === undefined && error !== null ? null : nameLabel,
      hasSummary,
      canRemovePassword: settings.password !== null,
      canCreate: false,
    },
    dialogue,
  )
  if (typeof correction === 'object') {
    return { ...draft, changes: { ...changes, database: correction.database } }
  }
  switch (correction) {
    case 'give up':
      return null
    case 'name': {
      const preset = error?.code === 'NAME_TAKEN' ? undefined : (rename ?? name)
      const names = { label: nameLabel, storedNames: await store.names() }
      return { ...draft, rename: await askNewName(names, preset, dialogue.prompts) }
    }
    case 'no password':
      return { ...draft, changes: { ...changes, password: null } }
    case 'again':
    case 'back':
    case 'create':
    case 'adopt':
    case 'replace':
      return draft
    default:
      return { ...draft, changes: await askAgain(correction, stored, changes, dialogue.prompts) }
  }
}
