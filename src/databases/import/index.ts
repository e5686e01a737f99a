import { isInterruption, OperatorError } from '../../errors.ts'
import { bundledSource } from '../../schema/sources/index.ts'
import { NO_SQL_VERSION, type Store } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'
import { generationOf } from '../fitting-source.ts'
import { checkUsers, findUsers } from '../mathesar-users.ts'
import { usedByLater } from '../misfit.ts'
import { warnOfRestart } from '../restart.ts'
import { type HeldWarnings, holdWarnings } from './held-warnings.ts'
import { settlePasswords } from './passwords.ts'
import { placeEntries } from './place.ts'
import { planEntries } from './plan.ts'
import { aboutEntry, failedEntry, proveEntries } from './prove.ts'
import { readSource } from './read-source.ts'
import { storeEntry } from './store.ts'
import type {
  FailedEntry,
  ImportAction,
  ImportedDatabase,
  ImportInput,
  ImportPlan,
  ImportResult,
  PlannedEntry,
} from './types.ts'

export type {
  ImportedDatabase,
  ImportInput,
  ImportPlan,
  ImportResult,
  NamedPlace,
  PlannedEntry,
} from './types.ts'

/**
 * Copies databases from another internal database, of any kind and key, into the one in use: proves each by a
 * connection, and stores it without any change in the database itself. What is stored already is used again,
 * so that a run after one that was killed does the rest. A failure of one entry is its row's `error`, not a
 * rejection. Nothing in the source changes.
 *
 * Errors: `NOT_FOUND` and `USAGE` for a name or a user; `SECRET_KEY_MISMATCH` for the store in use;
 * `ABORTED`; those of both stores.
 *
 * @param source opened for reading
 */
export async function importDatabases(
  store: Store,
  source: Store,
  input: ImportInput,
  options: RunOptions = {},
): Promise<ImportResult> {
  const { users: named = [], internal = [], isInContainer = false, dryRun = false } = input
  const { isSourceElsewhere = false } = input
  const place = { internal, isInContainer, isSourceElsewhere }
  await checkUsers(store, named)
  await store.verifyKey()
  const contents = await readSource(source, input.names, options)
  const held = holdWarnings(options)
  const holding = { ...options, held }
  const proved = await proveEntries(store, contents.entries, internal, holding)
  const placed = await placeEntries(store, proved.proved, place, holding)
  const settled = await settlePasswords(store, placed.placed, holding)
  const users = store.capabilities.hasUsers ? await store.users() : []
  const context = { store, users, named: findUsers(users, named, options), askName: input.askName }
  const { planned, failed } = await planEntries(settled.placed, context, held)
  for (const one of planned) warnOfLaterSchemas(store, one, held)
  held.release(planned)
  const plan: ImportPlan = {
    planned,
    failed: [contents, proved, placed, settled].flatMap((phase) => phase.failed).concat(failed),
    notCopied: contents.notCopied,
  }
  const hasWork = planned.some(({ action }) => action !== 'none')
  if (hasWork && !dryRun) await askForConsent(input, plan)
  const { databases, done } = await storeAll(store, plan, { ...input, dryRun }, options)
  const imported = databases.filter(({ status }) => status === 'imported' || status === 'reused').length
  if (imported > 0) warnOfRestart(store, options)
  return {
    databases,
    imported,
    failed: databases.filter(({ status }) => status === 'failed').length,
    notCopied: plan.notCopied,
    needsUpgrade: done.some((one) => needsUpgrade(store, one)),
  }
}

/** Errors: `ABORTED` if the operator declines. */
async function askForConsent({ confirm }: ImportInput, plan: ImportPlan): Promise<void> {
  if (confirm === undefined || (await confirm(plan))) return
  throw new OperatorError('ABORTED', 'Nothing was changed.', 'Run the command again when you are ready.')
}

/**
 * Stores the entries of the plan one after the other. Returns the result of each, failed ones too, and those
 * that are stored now, or that a dry run would store.
 */
async function storeAll(
  store: Store,
  { planned, failed }: ImportPlan,
  { dryRun, onResult }: ImportInput,
  options: RunOptions,
): Promise<{ databases: ImportedDatabase[]; done: PlannedEntry[] }> {
  const results: ImportedDatabase[] = []
  const done: PlannedEntry[] = []
  const add = (result: ImportedDatabase) => {
    results.push(result)
    onResult?.(result)
  }
  for (const one of failed) add(failedResult(one))
  for (const one of planned) {
    if (dryRun) {
      done.push(one)
      add(resultOf(one, wouldDo(one.action)))
      continue
    }
    try {
      options.signal?.throwIfAborted()
      const { name, action } = await storeEntry(store, one, aboutEntry(one.name, options))
      // Where another run stored it meanwhile, that one decided who uses it.
      const given = action === one.action ? {} : { users: [], passwordSharedWith: [] }
      done.push(one)
      add(resultOf({ ...one, ...given, name }, did(action)))
    } catch (error) {
      if (isInterruption(error)) throw interrupted(error, results, planned.length)
      add(failedResult(failedEntry(one.entry.name, one.row, error)))
    }
  }
  const databases = results.sort((a, b) =>
    a.sourceName < b.sourceName ? -1 : a.sourceName > b.sourceName ? 1 : 0,
  )
  return { databases, done }
}

/** Returns the error of an interruption, which states how far the run came. */
function interrupted(
  error: OperatorError,
  results: readonly ImportedDatabase[],
  total: number,
): OperatorError {
  const stored = results.filter(({ status }) => status !== 'failed').length
  return error.with({
    message: `Interrupted after ${stored} of ${total} entries. Run the same command again to import the rest.`,
  })
}

function resultOf(
  { name, entry, row: { host, port, database, user }, users, passwordSharedWith }: PlannedEntry,
  outcome: Pick<ImportedDatabase, 'status' | 'action'>,
): ImportedDatabase {
  const given = { users: [...users], passwordSharedWith: [...passwordSharedWith] }
  return { name, sourceName: entry.name, ...outcome, host, port, database, user, ...given, error: null }
}

/** Returns what a dry run would do. */
function wouldDo(action: ImportAction): Pick<ImportedDatabase, 'status' | 'action'> {
  return action === 'none' ? { status: 'unchanged' } : { status: 'planned', action }
}

/** Returns what the run did. */
function did(action: ImportAction): Pick<ImportedDatabase, 'status' | 'action'> {
  return { status: action === 'none' ? 'unchanged' : action === 'import' ? 'imported' : 'reused' }
}

function failedResult({ name, place, error }: FailedEntry): ImportedDatabase {
  const { code, message, hint } = error
  return {
    name,
    sourceName: name,
    status: 'failed',
    host: place?.host ?? null,
    port: place?.port ?? null,
    database: place?.database ?? null,
    user: place?.user ?? null,
    users: [],
    passwordSharedWith: [],
    error: { code, message, hint },
  }
}

/** Whether the SQL of a database is not what the store in use needs, as far as an import knows. */
function needsUpgrade({ capabilities }: Store, { existing, target: { state } }: PlannedEntry): boolean {
  if (capabilities.generation === 'modern') {
    return existing === null || (existing.confirmedVersion ?? NO_SQL_VERSION) === NO_SQL_VERSION
  }
  // The SQL of a later Mathesar is never replaced by that of an earlier one.
  if (generationOf(state) === 'modern') return false
  if (state.kind !== 'ours') return state.kind !== 'foreign'
  return state.record.version !== bundledSource().version
}

/** Warns of a database that a later Mathesar uses, where the store in use is that of a Mathesar 0.1.x. */
function warnOfLaterSchemas(
  { capabilities }: Store,
  { name, entry, settings, target: { state } }: PlannedEntry,
  held: HeldWarnings,
): void {
  if (capabilities.generation !== 'legacy' || generationOf(state) !== 'modern') return
  const { message, hint } = usedByLater(state, name, settings.database)
  held.about([entry]).onProgress?.({ type: 'warning', message, hint })
}
