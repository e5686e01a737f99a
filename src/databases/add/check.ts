import { OperatorError } from '../../errors.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import { checkMayCreateDatabase } from '../../postgres/database/create.ts'
import type { Session } from '../../postgres/types.ts'
import { ExistingSchemaError } from '../../schema/errors.ts'
import { releasesText } from '../../schema/inspect/remains.ts'
import { checkInstall } from '../../schema/install/check.ts'
import { refuseInTheWay } from '../../schema/install/foresee.ts'
import type { SchemaState } from '../../schema/types.ts'
import {
  checkAbilities,
  checkTarget,
  describePrivileges,
  type Target,
  warnOfEventTriggers,
} from '../check-target.ts'
import {
  chooseAction,
  isSchemaWritten,
  replaceHint,
  type SchemaAction,
  warnOfDropped,
  warnOfReplacement,
  warnOfSuperseded,
} from '../choose-action.ts'
import { generationOf } from '../fitting-source.ts'
import { usedByLater } from '../misfit.ts'
import { connectOptions } from '../open.ts'
import { findOtherRecords, warnOfOtherRecords } from '../same-database.ts'
import { UsedByLaterError } from '../used-by-later.ts'
import { openDatabase } from './connect.ts'
import { checkForRegistration } from './registration.ts'
import { settleRequest } from './settle.ts'
import {
  type AddRequest,
  type CheckedDatabase,
  type CheckedTarget,
  type SettledRequest,
  writesSchemas,
} from './types.ts'
import type { UndoStack } from './undo.ts'

/**
 * Checks the server, the database and the role, and decides what becomes of the schemas and what the store
 * gets; changes nothing. Errors: those of connecting and of `settleRequest`, `INTERNAL_DATABASE_TARGET`,
 * `UNSUPPORTED_SERVER`, `READ_ONLY_SERVER`, `POOLED_CONNECTION`, `SCHEMA_CONFLICT`, `INSUFFICIENT_PRIVILEGE`.
 */
export async function checkDatabase(
  request: AddRequest,
  steps: UndoStack,
): Promise<{ request: SettledRequest; target: CheckedTarget }> {
  const session = await openDatabase(request, steps)
  const { input, options } = request
  if (session !== null) {
    const target = await checkTarget(session, input.internal ?? [], options)
    const settled = await settleRequest(request, target.facts.identity, { isPresent: true })
    return { request: settled, target: { kind: 'present', database: await decide(settled, session, target) } }
  }
  const { identity } = await checkMayCreateDatabase(input.settings, connectOptions(options))
  const detail = `role "${input.settings.user}" may create databases`
  options.onProgress?.({ type: 'check', check: 'privileges', detail })
  const settled = await settleRequest(request, identity, { isPresent: false })
  return { request: settled, target: { kind: 'missing' } }
}

/** Checks a database that was created. Errors: those of `checkDatabase` that do not come from connecting. */
export async function checkInside(request: SettledRequest, session: Session): Promise<CheckedDatabase> {
  return decide(request, session, await checkTarget(session, request.input.internal ?? [], request.options))
}

/** Checks the role, and decides what becomes of the schemas. */
async function decide(request: SettledRequest, session: Session, target: Target): Promise<CheckedDatabase> {
  const { facts, state } = target
  const { store, input, options, existing, row } = request
  const action = input.registerOnly
    ? await checkForRegistration(session, target, options)
    : await checkForInstall(request, session, target)
  if (isUsedByLater(request, state) && !writesSchemas(action)) warnOfLater(request, state)
  options.onProgress?.({ type: 'check', check: 'privileges', detail: describePrivileges(facts, state) })
  const place = { name: input.name, settings: row.settings, identity: facts.identity }
  const { sameNames } = await findOtherRecords(store, place, options)
  const [stored] = sameNames
  // Mathesar stores a database once for each server.
  if (existing === null && stored !== undefined && store.capabilities.hasServers) throw storedAs(stored)
  if (existing === null) warnOfOtherRecords(sameNames, options)
  return { ...target, session, action, alsoStoredAs: sameNames }
}

function storedAs(name: string): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `This database is stored already, under the name "${name}".`,
    `To store another role or another password for it, or to give more users access, use the name "${name}".`,
    { field: 'name' },
  )
}

/** Decides what to do with the schemas, and checks that the role may. Errors: those of `checkInside`. */
async function checkForInstall(request: AddRequest, session: Session, target: Target): Promise<SchemaAction> {
  const { facts, state } = target
  const { source, options } = request
  const chosenAction = chooseOwnAction(request, state)
  warnOfDropped(state, chosenAction, source, options)
  if (isSchemaWritten(chosenAction) && chosenAction !== 'upgrade') {
    await checkInstall(session, source, state, facts)
    await refuseInTheWay(session, source)
  }
  // A role that creates the schemas itself can do everything with them.
  const isInstaller = chosenAction === 'install' && facts.privileges.create
  if (!isInstaller) await checkAbilities(session, options)
  const action =
    chosenAction === 'upgrade' && !(await canUpgrade(request, session, target))
      ? unchangedAction(state)
      : chosenAction
  if (isSchemaWritten(action)) {
    warnOfReplacement(state, action, source, options)
    if (request.existing === null) warnOfSuperseded(state, action, source, options)
    warnOfEventTriggers(facts, options)
  }
  return action
}

/**
 * Chooses the action as `chooseAction`. Errors: as that; `UsedByLaterError` in the place of its
 * `ExistingSchemaError` where only a later Mathesar works with the schemas.
 */
function chooseOwnAction(request: AddRequest, state: SchemaState): SchemaAction {
  const { name, existingSchema = null, settings } = request.input
  const { source } = request
  try {
    return chooseAction(state, existingSchema, source, settings.database)
  } catch (error) {
    if (!(error instanceof ExistingSchemaError) || !isUsedByLater(request, state)) throw error
    throw new UsedByLaterError(
      error.code,
      usedByLater(state, name, settings.database).message,
      'Work on the database in that Mathesar. To store it here all the same, use --existing-schema adopt ' +
        `to keep the schemas as they are, or ${replaceHint(state, source)}`,
      error.details,
    )
  }
}

/** Returns whether the store is that of a Mathesar 0.1.x, and the schemas are those of a later one. */
function isUsedByLater({ store }: AddRequest, state: SchemaState): boolean {
  return store.capabilities.generation === 'legacy' && generationOf(state) === 'modern'
}

/** Warns of a database that is to be stored although this Mathesar can't work on it. */
function warnOfLater({ input, options }: AddRequest, state: SchemaState): void {
  options.onProgress?.({ type: 'warning', ...usedByLater(state, input.name, input.settings.database) })
}

function unchangedAction({ kind }: SchemaState): SchemaAction {
  return kind === 'ours' ? 'keep' : 'adopt'
}

/**
 * Returns whether the role may upgrade the schemas. One that may use but not change them can be added all the
 * same, if the Mathesar of the internal database can work with them: a warning says who can upgrade them.
 */
async function canUpgrade(
  { store, input, source, options }: AddRequest,
  session: Session,
  { state, facts }: Target,
): Promise<boolean> {
  try {
    await checkInstall(session, source, state, facts)
    await refuseInTheWay(session, source)
    return true
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'INSUFFICIENT_PRIVILEGE') throw error
    const { generation } = store.capabilities
    if (generation !== null && generationOf(state) !== generation) throw error
    options.onProgress?.({
      type: 'warning',
      message: `The Mathesar schemas stay ${versionText(state)}: ${error.message}`,
      hint: upgradeHint(error, input),
    })
    return false
  }
}

/** Returns how to upgrade the schemas later: as their owner, or once the owner has the privilege. */
function upgradeHint(error: OperatorError, { name, upgradeCommand }: AddRequest['input']): string {
  const command = upgradeCommand ?? `mathesarctl db upgrade ${shellQuoted(name)}`
  const { owner, statements } = error.details.data ?? {}
  return typeof owner === 'string' && statements === undefined
    ? toRun(
        'To upgrade them, lend the login of their owner:',
        `${command} --admin-user ${shellQuoted(owner)}`,
      )
    : joinHints(error.hint, toRun('Then run:', command))
}

function versionText(state: SchemaState): string {
  if (state.record !== null) return `at version ${state.record.version}`
  return `those of ${releasesText(state.kind === 'foreign' ? state.releases : null)}`
}
