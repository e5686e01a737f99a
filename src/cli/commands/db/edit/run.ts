import { type EditDatabaseResult, editDatabase } from '../../../../databases/edit.ts'
import type { RunOptions } from '../../../../databases/events.ts'
import type { InternalDatabase } from '../../../../databases/internal-target.ts'
import { notFound } from '../../../../databases/not-found.ts'
import { NO_ALTERNATIVES, readAlternatives } from '../../../../databases/other-databases.ts'
import { resolveStoredName } from '../../../../databases/stored-name.ts'
import { asShown, type OperatorError } from '../../../../errors.ts'
import type { ConnectionSettings } from '../../../../postgres/types.ts'
import type { Store, StoredDatabase } from '../../../../store/types.ts'
import { askCorrection, isCorrectable } from '../../../prompts/correction.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import type { Reporter } from '../../../terminal.ts'
import { askAgain, askChanges, askNewName, askPasswordOfRole } from './ask.ts'

/** What a run of `db edit` works with: plain values, resolved from flags. */
export interface EditRun {
  /** The name of the stored database. */
  name: string
  draft: EditDraft
  internal: InternalDatabase[]
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

/** Changes a stored database without asking. Errors: those of `editDatabase`. */
export function editFromFlags(store: Store, run: EditRun): Promise<EditDatabaseResult> {
  const { name, draft, internal, dryRun, runOptions } = run
  const { changes, rename } = draft
  return editDatabase(
    store,
    { name, changes, internal, dryRun, ...(rename === undefined ? {} : { rename }) },
    runOptions,
  )
}

/**
 * Changes a stored database in a dialogue: asks for every value if the command line changes none, for the
 * password of another role, and for a correction after a failure. Errors: those of `editDatabase` that no
 * other value can correct, or that the operator gives up on.
 */
export async function editByDialogue(
  store: Store,
  given: EditRun,
  dialogue: { prompts: Prompts; reporter: Reporter },
): Promise<EditDatabaseResult> {
  const run = { ...given, name: await resolveStoredName(store, given.name) }
  const stored = await store.find(run.name)
  if (stored === null) throw notFound(run.name, await store.names())
  let draft = await completeDraft(stored, run.draft, dialogue)
  for (;;) {
    try {
      const isTyped = draft.changes.password !== run.draft.changes.password
      const runOptions = isTyped
        ? { ...run.runOptions, passwordSource: { kind: 'prompt' } as const }
        : run.runOptions
      return await editFromFlags(store, { ...run, draft, runOptions })
    } catch (error) {
      run.stop()
      const corrected = isCorrectable(error)
        ? await correct(store, stored, { ...run, draft }, error, dialogue)
        : null
      if (corrected === null) throw isCorrectable(error) ? asShown(error) : error
      draft = corrected
    }
  }
}

/** Asks for every value where none is given, and for the password of another role. */
async function completeDraft(
  stored: StoredDatabase,
  draft: EditDraft,
  dialogue: { prompts: Prompts; reporter: Reporter },
): Promise<EditDraft> {
  const { changes, rename } = draft
  if (Object.keys(changes).length === 0 && rename === undefined) {
    return { ...draft, changes: await askChanges(stored, dialogue) }
  }
  const isOtherRole = changes.user !== undefined && changes.user !== stored.user
  if (!isOtherRole || changes.password !== undefined) return draft
  return { ...draft, changes: await askPasswordOfRole(stored, changes, dialogue) }
}

/**
 * Shows an error and asks how to continue. Returns the draft to try next; `null` if the operator gives up.
 */
async function correct(
  store: Store,
  stored: StoredDatabase,
  { name, draft, internal, runOptions, stop }: EditRun,
  error: OperatorError,
  dialogue: { prompts: Prompts; reporter: Reporter },
): Promise<EditDraft | null> {
  const { changes, rename } = draft
  const isMissing = error.code === 'DATABASE_DOES_NOT_EXIST'
  const alternatives = isMissing
    ? await readAlternatives({ ...(await store.settings(name)), ...changes }, internal, runOptions)
    : NO_ALTERNATIVES
  stop()
  const correction = await askCorrection(
    {
      error,
      database: changes.database ?? stored.database,
      user: changes.user ?? stored.user,
      ...alternatives,
      nameLabel: rename === undefined ? null : 'new name',
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
    case 'name':
      return { ...draft, rename: await askNewName(await store.names(), rename, dialogue.prompts) }
    case 'again':
    case 'create':
    case 'replace':
      return draft
    default:
      return { ...draft, changes: await askAgain(correction, stored, changes, dialogue.prompts) }
  }
}
