import { openStore, storeExists } from '../databases/interface/internal-database.ts'
import type { Recovery } from '../databases/recover/index.ts'
import { OperatorError, usageError } from '../errors.ts'
import { ownHomeAdvice } from '../files/container-advice.ts'
import type { SecretKey } from '../secrets/secret-key.ts'
import type { Store } from '../store/types.ts'
import type { Invocation } from './invocation.ts'
import { waitReporter } from './lock-wait.ts'
import { isInterrupted, withChanges } from './render/changes.ts'
import { interruptedWarning, recoveryWarning } from './render/interrupted.ts'
import type { Globals } from './settings/globals.ts'
import { warnOfUnusedMathesar } from './settings/internal-databases.ts'
import { isKeyCode } from './settings/key-codes.ts'
import { isKeyCurrent } from './settings/key-current.ts'
import { liveOptions } from './settings/live-options.ts'
import { whyNoDefault } from './settings/paths.ts'
import { provenSecretKey } from './settings/proven-key.ts'
import { findSecretKey } from './settings/secret-key.ts'

/** The internal database, opened for one command. */
export interface Workspace {
  store: Store
  /** The operations that killed runs left, and what became of them. */
  recovered: Recovery[]
  /**
   * Returns rows of a result, where the errors of keys state that a rotation is the reason (`rotation-hint`).
   */
  explainKeys: <Row extends { error: Pick<OperatorError, 'code' | 'hint'> | null }>(
    rows: readonly Row[],
  ) => Promise<Row[]>
}

/** Where the internal database is. Errors: `USAGE` if nothing names it and there is no home directory. */
export function internalDatabaseLocation(globals: Globals, env: NodeJS.ProcessEnv): string {
  if (globals.internalDb.location === null) {
    throw usageError(
      `The internal database has no default location: ${whyNoDefault(env, 'data')}.`,
      `Name one with --internal-db PATH, or that of a Mathesar with --env-file PATH, or ${ownHomeAdvice()}.`,
      'internal-db',
    )
  }
  return globals.internalDb.location
}

export interface WorkspaceOptions {
  /** Create the internal database if it is missing: for a command that stores something. */
  create: boolean
  /**
   * The command only reads: the internal database is not changed, and what killed runs left is only reported.
   */
  readOnly?: boolean
  /** `false`: the command may write, but what killed runs left is only reported. */
  settle?: boolean
  /** Like `readOnly` for this run; an internal database that is missing is created for the run alone. */
  dryRun?: boolean
}

/**
 * Opens the internal database, finishes or rolls back what killed runs left unless it only reads, and runs
 * `action`.
 */
export async function withWorkspace<T>(
  invocation: Invocation,
  options: WorkspaceOptions,
  action: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const { globals, env, terminal } = invocation
  warnOfUnusedMathesar(globals, env, terminal.warn)
  let key: SecretKey | null = null
  const location = internalDatabaseLocation(globals, env)
  const isMissing = options.create && !(await storeExists(location))
  const provideKey = () => {
    key ??= isMissing ? requireSetup(invocation, location) : findSecretKey(globals, env, terminal.warn)
    terminal.trace(`secret key: ${key.source}`)
    return key.key
  }
  const creates = isMissing && options.dryRun !== true
  const live = await liveOptions(globals, { signal: invocation.signal, reporter: terminal })
  key = await provenSecretKey(globals, env, terminal.warn, live)
  const explainKeys: Workspace['explainKeys'] = async (rows) => {
    if (!rows.some(({ error }) => isKeyCode(error?.code))) return [...rows]
    const { withRotationHints } = await import('./settings/rotation-hint.ts')
    return withRotationHints(rows, globals, { location, live, env })
  }
  const store = await openStore(location, provideKey, {
    create: options.create,
    readOnly: options.readOnly === true,
    dryRun: options.dryRun === true,
    isKeyCurrent: () => key === null || isKeyCurrent(key, globals, env),
    trust: globals.internalDb.trust,
    onWarning: terminal.warn,
    onWait: waitReporter(terminal),
    live,
  })
  terminal.trace(`internal database: ${store.location} (${globals.internalDb.source})`)
  try {
    const mayOnlyRead = options.readOnly === true || options.settle === false
    if (!mayOnlyRead) store.checkWritable()
    const shouldOnlyReport = store.capabilities.isReadOnly || options.settle === false
    const recovered = shouldOnlyReport ? await report(store, invocation) : await recover(store, invocation)
    return await action({ store, recovered, explainKeys }).catch((error: unknown) => {
      const isDeclined = error instanceof OperatorError && error.code === 'ABORTED'
      if (!isDeclined || !(creates || isInterrupted(error))) throw error
      throw withChanges(error, changesText(creates, recovered), invocation.signal)
    })
  } catch (error) {
    if (!(error instanceof OperatorError && isKeyCode(error.code))) throw error
    const { withRotationHint } = await import('./settings/rotation-hint.ts')
    throw await withRotationHint(error, globals, { location, live, env })
  } finally {
    await store.close()
  }
}

/**
 * Returns the secret key for an internal database that does not exist yet. Errors: `SECRET_KEY_MISSING`; if
 * nothing names a key, it states that both are missing, since setup creates both.
 */
function requireSetup({ globals, env, terminal }: Invocation, location: string): SecretKey {
  try {
    return findSecretKey(globals, env, terminal.warn)
  } catch (error) {
    const isMissing = error instanceof OperatorError && error.code === 'SECRET_KEY_MISSING'
    const isNamed =
      globals.secretKeyFile ??
      globals.envFile ??
      env.MATHESAR_SECRET_KEY_FILE ??
      globals.config['secret-key-file']
    if (!isMissing || isNamed) throw error
    throw error.with({
      message: `The internal database ${location} does not exist, and there is no secret key either.`,
      hint: 'Run "mathesarctl setup" to create both, or name the right ones with --internal-db and --secret-key-file.',
    })
  }
}

/** States what opening the internal database changed, as sentences. */
function changesText(isCreated: boolean, recovered: readonly Recovery[]): string {
  return [
    ...(isCreated ? ['The internal database was created and stays.'] : []),
    ...(recovered.some(({ outcome }) => outcome !== 'waiting')
      ? ['What an earlier run left was settled before.']
      : []),
  ].join(' ')
}

/** Finishes what killed runs left. Loads the code for that only where something is left, which is rare. */
async function recover(store: Store, { env, globals, terminal, signal }: Invocation): Promise<Recovery[]> {
  if ((await store.interrupted()).length === 0) return []
  const [{ recoverInterrupted }, { environmentTls }, { reportProgress }] = await Promise.all([
    import('../databases/recover/index.ts'),
    import('../databases/interface/connection-settings.ts'),
    import('./progress.ts'),
  ])
  const progress = reportProgress(terminal)
  const looked = recoverInterrupted(store, {
    tls: environmentTls(env, terminal.warn),
    addresses: globals.addresses,
    signal,
    onProgress: progress.event,
  })
  const recovered = await looked.finally(progress.stop)
  for (const { message, hint } of recovered.map(recoveryWarning)) terminal.warn(message, hint)
  return recovered
}

/** Warns of operations that killed runs left, and names the commands that finish them. */
async function report(store: Store, { terminal }: Invocation): Promise<Recovery[]> {
  const pending = await store.interrupted()
  if (pending.length === 0) return []
  const stored = new Set(await store.names())
  for (const operation of pending) {
    const { message, hint } = interruptedWarning(operation, stored.has(operation.name))
    terminal.warn(message, hint)
  }
  const { unsettled } = await import('../databases/recover/index.ts')
  return unsettled(pending)
}
