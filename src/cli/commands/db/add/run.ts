import {
  type AddDatabaseInput,
  type AddDatabaseResult,
  type AddPlan,
  addDatabase,
} from '../../../../databases/add/index.ts'
import type { ProgressEvent, RunOptions } from '../../../../databases/events.ts'
import { completeSettings } from '../../../../databases/interface/connection-settings.ts'
import { type InternalDatabase, refuseInternal } from '../../../../databases/internal-target.ts'
import { readAlternatives, withAlternatives } from '../../../../databases/other-databases.ts'
import { asShown, isShown, OperatorError } from '../../../../errors.ts'
import { joinHints } from '../../../../hint.ts'
import type { SettingField } from '../../../../postgres/types.ts'
import type { SchemaSource } from '../../../../schema/sources/types.ts'
import type { Store } from '../../../../store/types.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import type { ProgressReport } from '../../../progress.ts'
import { isCorrectable } from '../../../prompts/correction.ts'
import { isPasswordMissing } from '../../../prompts/password-missing.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { ReleaseSourceMissing } from '../../../settings/release-missing.ts'
import type { SourceFlags } from '../../../settings/schema-source.ts'
import type { Reporter } from '../../../terminal.ts'
import { askAgain, askMissing, introduce } from './ask.ts'
import { askUsers, isAboutUsers, usersToMap } from './ask-users.ts'
import { chooseSource } from './choose-source.ts'
import { confirmPlan } from './confirm.ts'
import { offerContainerHost } from './container-host.ts'
import type { AddDraft } from './draft.ts'
import { type AddOptions, requireName } from './flags.ts'
import { type CorrectContext, correct } from './retry.ts'

/** What a run of `db add` works with: plain values, resolved from flags and environment. */
export interface AddRun {
  options: AddOptions
  /** The values of the connection that flags, DSN, environment and files give. */
  connection: GivenConnection
  /** Opens the internal database while `action` runs. */
  withStore<T>(action: (store: Store) => Promise<T>): Promise<T>
  /**
   * Returns the SQL to install: what flags name, else what the Mathesar of the internal database needs.
   * Errors: `USAGE`.
   */
  resolveSource(store: Store, flags: SourceFlags): Promise<SchemaSource>
  /** Returns the command that later brings the database of that name to the same SQL. */
  upgradeCommand(name: string): string
  /** Mathesar's own databases on PostgreSQL, which must not become user databases. */
  internalDatabases(): InternalDatabase[]
  /** The Mathesar of the internal database runs in a container. */
  isInContainer: boolean
  runOptions: RunOptions
  progress: Pick<ProgressReport, 'stop'>
}

/**
 * Adds a database without asking. Errors: those of `addDatabase`; `USAGE` names the flag of a value that is
 * missing.
 */
export async function addFromFlags(run: AddRun): Promise<AddDatabaseResult> {
  const { options, connection, withStore, internalDatabases, runOptions, progress } = run
  const { createDatabase, registerOnly, existingSchema, users } = options
  const name = requireName(options)
  const settings = completeSettings(connection.values)
  try {
    return await withStore(async (store) => {
      const source = registerOnly
        ? null
        : await run.resolveSource(store, options.source).catch(offerRegistration)
      const draft = { name, connection, createDatabase, registerOnly, existingSchema, users, source }
      return addDatabase(store, inputOf(draft, run), runOptions)
    })
  } catch (error) {
    // If the internal database itself can't be used, the operator must still learn that it was the target.
    if (error instanceof OperatorError && error.code === 'STORE_UNAVAILABLE') {
      progress.stop()
      await refuseInternal(settings, internalDatabases(), runOptions)
    }
    throw await withAlternatives(error, settings, runOptions, { creates: true })
  }
}

/** Adds to the error that no release is there what the command can do without one. */
function offerRegistration(error: unknown): never {
  if (!(error instanceof ReleaseSourceMissing)) throw error
  throw error.with({
    hint: joinHints(
      error.hint,
      'Or add --register-only: Mathesar then lists the database, and installs its SQL itself, for which it ' +
        "asks for the role's login again.",
    ),
  })
}

/** What the dialogue needs beside the values of the run. */
export interface Dialogue {
  prompts: Prompts
  reporter: Reporter
  env: NodeJS.ProcessEnv
  /** Every confirmation is answered with yes. */
  yes: boolean
}

/**
 * Adds a database in a dialogue: asks for what is missing, shows what will happen, and lets the operator
 * correct a wrong value and try again. Errors: those of `addDatabase` that no other value can correct, or
 * that the operator gives up on.
 */
export function addByDialogue(run: AddRun, dialogue: Dialogue): Promise<AddDatabaseResult> {
  const { options, connection, internalDatabases, runOptions, progress } = run
  const { prompts, reporter, env } = dialogue
  return run.withStore(async (store) => {
    const context: CorrectContext = {
      prompts,
      reporter,
      env,
      storedNames: await store.names(),
      capabilities: store.capabilities,
      servers: await store.servers(),
      find: (name) => store.find(name),
      createDatabase: options.createDatabase,
      existingSchema: options.existingSchema,
      readAlternatives: (settings) =>
        readAlternatives(settings, internalDatabases(), runOptions).finally(progress.stop),
    }
    // A key that is missing or wrong must not cost the operator any answer.
    await store.verifyKey()
    const users = await usersToMap(store, options.users, dialogue)
    const source = await chooseSource(options, (flags) => run.resolveSource(store, flags), dialogue)
    const { hasNicknames } = store.capabilities
    introduce(reporter, { asksName: options.name === undefined, source, hasNicknames })
    let draft: AddDraft = {
      ...(await askMissing(options, connection, context)),
      registerOnly: source === null,
      source,
      users,
    }
    const { onProgress } = runOptions
    const shown = onProgress === undefined ? {} : { onProgress: withoutRepeatedNames(onProgress) }
    /** The host that the operator decided on. */
    let keptHost: string | undefined
    for (;;) {
      let changed: AddDraft | null = null
      let isDeclined = false
      const confirm = async (plan: AddPlan) => {
        progress.stop()
        while (!(await confirmPlan(plan, dialogue))) {
          const next = await correct(draft, null, context)
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
        if (run.isInContainer && draft.connection.values.host !== keptHost) {
          draft = await offerContainerHost(draft, { prompts, reporter, addresses: runOptions.addresses })
          keptHost = draft.connection.values.host
        }
        const addresses = new Map([...(draft.addresses ?? []), ...(runOptions.addresses ?? [])])
        const { passwordSource } = draft.connection
        return await addDatabase(
          store,
          { ...inputOf(draft, run), confirm },
          { ...runOptions, ...shown, addresses, passwordSource },
        )
      } catch (error) {
        progress.stop()
        const corrected =
          isDeclined || isShown(error) ? changed : await correctedDraft(store, draft, error, context)
        if (corrected === null) throw isDeclined || !isCorrectable(error) ? error : asShown(error)
        draft = corrected
      }
    }
  })
}

/** Returns a listener that leaves out what an earlier attempt reported of the name. */
function withoutRepeatedNames(onProgress: (event: ProgressEvent) => void): (event: ProgressEvent) => void {
  const reported = new Set<string>()
  return (event) => {
    if (event.type === 'check' && event.check === 'name') {
      if (reported.has(event.detail)) return
      reported.add(event.detail)
    }
    onProgress(event)
  }
}

/** Returns the draft to try after an error; `null` if the operator gives up or nothing can correct it. */
async function correctedDraft(
  store: Store,
  draft: AddDraft,
  error: unknown,
  context: CorrectContext,
): Promise<AddDraft | null> {
  if (isAboutUsers(error)) {
    context.reporter.explain()
    return { ...draft, users: await askUsers(store, draft.users, error, context) }
  }
  // Only the server knows whether a DSN without a password is complete.
  if (isPasswordMissing(error) && draft.connection.sources.password !== 'prompt') {
    return askAgain('password', draft, context)
  }
  return isCorrectable(error) ? correct(draft, error, context) : null
}

/** Returns the input of the use case. Errors: `USAGE` for values that are missing or not valid. */
function inputOf(
  draft: Omit<AddDraft, 'given'>,
  { options: { dryRun }, upgradeCommand, internalDatabases, isInContainer }: AddRun,
): AddDatabaseInput {
  const { name, connection, createDatabase, registerOnly, existingSchema, users, source } = draft
  const settings = completeSettings(connection.values)
  return {
    name,
    settings,
    ...(source === null ? {} : { source }),
    upgradeCommand: upgradeCommand(name),
    assumed: (Object.keys(settings) as SettingField[]).filter((field) => !(field in connection.sources)),
    internal: internalDatabases(),
    isInContainer,
    createDatabase,
    registerOnly,
    users,
    existingSchema,
    dryRun,
  }
}
