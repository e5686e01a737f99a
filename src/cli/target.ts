import type { RunOptions } from '../databases/events.ts'
import { OperatorError, usageError } from '../errors.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { Store, StoredDatabase, StoredSchema } from '../store/types.ts'
import type { ConnectionFlags } from './flags/connection.ts'
import type { MissingValue } from './flags/missing.ts'
import type { Invocation } from './invocation.ts'
import { isPasswordMissing } from './prompts/password-missing.ts'

/** The flags of a `schema` command that name the database that it works on, as commander returns them. */
export interface TargetFlags extends ConnectionFlags {
  /** Of a stored database: the stored role that acts. */
  role?: string
}

/** The database that a `schema` command works on, as the command line gives it. */
export interface TargetRequest<T> {
  /** The name of a stored database. */
  name: string | undefined
  flags: TargetFlags & { lockTimeout?: number }
  /** What else the command line lacks. */
  others?: readonly MissingValue[]
  /** Called before anything connects to a stored database, which it may refuse. */
  check?: (store: Store, stored: StoredDatabase) => Promise<void>
  /** The action changes something, so that an internal database that takes no writes is refused before it. */
  writes?: boolean
  /** Returns what is known of the schemas of a stored database after the action; `undefined`: nothing new. */
  schemaAfter?: (result: T) => StoredSchema | null | undefined
}

/** What the database is: its name, if it is a stored one, and its connection. */
interface Target {
  name: string | null
  settings: ConnectionSettings
  connectTimeoutMs?: number | null | undefined
  channelBinding?: RunOptions['channelBinding'] | null
  tls?: RunOptions['tls']
  addresses?: RunOptions['addresses']
  passwordSource?: RunOptions['passwordSource']
}

/**
 * Runs an action on the database that a `schema` command names: a stored one, or that of the flags. At a
 * terminal it asks for what is missing: one of the stored databases, or the values of a connection.
 * Errors: `USAGE`, `NOT_FOUND`; those of the action.
 *
 * @param action `stop` ends the animation of the progress, before the action asks something; `name` is that
 * of a stored database, `null` for another one
 */
export async function withTarget<T>(
  invocation: Invocation,
  request: TargetRequest<T>,
  action: (
    settings: ConnectionSettings,
    options: RunOptions,
    stop: () => void,
    name: string | null,
  ) => Promise<T>,
): Promise<T> {
  const { prompts, signal, terminal } = invocation
  const [{ runOptions }, { reportProgress }] = await Promise.all([
    import('./run-options.ts'),
    import('./progress.ts'),
  ])
  const { name, settings, ...connection } = await resolveTarget(invocation, request)
  const report = reportProgress(terminal)
  const options = runOptions(
    { ...connection, lockTimeoutMs: request.flags.lockTimeout, signal, onProgress: report.event },
    invocation.globals.addresses,
  )
  const run = async () => {
    try {
      return await action(settings, options, report.stop, name)
    } catch (error) {
      report.stop()
      if (!isPasswordMissing(error) || prompts === null) {
        const { withAlternatives } = await import('../databases/other-databases.ts')
        throw await withAlternatives(error, settings, options)
      }
      const password = await prompts.password(`Password for role "${settings.user}"`)
      return await action(
        { ...settings, password },
        { ...options, passwordSource: { kind: 'prompt' } },
        report.stop,
        name,
      )
    }
  }
  const result = await run().finally(report.stop)
  const schema = name === null ? undefined : request.schemaAfter?.(result)
  if (name !== null && schema !== undefined) await recordSchema(invocation, name, schema)
  return result
}

async function resolveTarget<T>(invocation: Invocation, request: TargetRequest<T>): Promise<Target> {
  const { name, flags, others = [] } = request
  if (name !== undefined) {
    refuseBoth(flags)
    return storedTarget(invocation, name, request)
  }
  const [{ givenConnection }, { completeSettings, missingSettings }] = await Promise.all([
    import('./flags/given-connection.ts'),
    import('../databases/interface/connection-settings.ts'),
  ])
  const { env, terminal } = invocation
  const given = await givenConnection(flags, { env, reporter: terminal })
  const { values, sources, ...connection } = given
  const missing = missingSettings(values)
  if (missing.length === 0) refuseRole(flags)
  if (missing.length === 0) return { name: null, settings: completeSettings(values), ...connection }
  const [{ namesText, peekedNames, storedName }, { missingConnectionValues, missingError }] =
    await Promise.all([import('./stored-name.ts'), import('./flags/missing.ts')])
  const names = await peekedNames(invocation)
  const isTyped = Object.values(sources).some((source) => source === 'flag' || source === 'dsn')
  if (invocation.prompts !== null && names.length > 0 && !isTyped) {
    const chosen = await storedName(invocation, undefined, { verb: 'work on' })
    return storedTarget(invocation, chosen, request)
  }
  refuseRole(flags)
  if (invocation.prompts !== null) {
    const { askTargetConnection } = await import('./prompts/target-connection.ts')
    const dialogue = { prompts: invocation.prompts, reporter: terminal, env }
    return { name: null, ...(await askTargetConnection(given, isTyped, dialogue)) }
  }
  const hint = names.length === 0 ? '' : `Or add the name of a stored database. ${namesText(names)}`
  throw missingError([...missingConnectionValues(missing), ...others], hint)
}

type StoredTargetRequest = Pick<TargetRequest<unknown>, 'flags' | 'check' | 'writes'>

/** Errors: `NOT_FOUND`, and those of opening the internal database. */
async function storedTarget(
  invocation: Invocation,
  given: string,
  request: StoredTargetRequest,
): Promise<Target> {
  const { withStoredName } = await import('./stored-name.ts')
  return withStoredName(invocation, given, (name) => openStoredTarget(invocation, name, request))
}

async function openStoredTarget(
  invocation: Invocation,
  given: string,
  { flags: { connectTimeout, role }, check, writes }: StoredTargetRequest,
): Promise<Target> {
  const { env, signal, terminal } = invocation
  const [{ withWorkspace }, { findStored }, { resolveStoredName }, { environmentTimeout, environmentTls }] =
    await Promise.all([
      import('./workspace.ts'),
      import('../databases/acting-role.ts'),
      import('../databases/stored-name.ts'),
      import('../databases/interface/connection-settings.ts'),
    ])
  const [{ runOptions }, { reportProgress }] = await Promise.all([
    import('./run-options.ts'),
    import('./progress.ts'),
  ])
  return withWorkspace(invocation, { create: false, readOnly: true }, async ({ store }) => {
    const stored = await findStored(store, await resolveStoredName(store, given))
    await check?.(store, stored)
    if (writes) store.checkWritable()
    const connection = {
      connectTimeoutMs: connectTimeout ?? environmentTimeout(env),
      tls: environmentTls(env, terminal.warn),
      passwordSource: { kind: 'stored', name: stored.name },
    } as const
    const report = reportProgress(terminal)
    const options = runOptions(
      { ...connection, signal, onProgress: report.event },
      invocation.globals.addresses,
    )
    const settings = await settingsOf(store, stored, role, options).finally(report.stop)
    return { name: stored.name, settings, ...connection }
  })
}

/**
 * Returns the settings of the role that acts. Where the action itself will fail, and knows what to do about
 * that, they are those of the first role.
 */
async function settingsOf(
  store: Store,
  stored: StoredDatabase,
  role: string | undefined,
  options: RunOptions,
): Promise<ConnectionSettings> {
  const { actingSettings } = await import('../databases/acting-role.ts')
  try {
    return await actingSettings(store, stored, { role }, options)
  } catch (error) {
    const isMissing = error instanceof OperatorError && error.code === 'DATABASE_DOES_NOT_EXIST'
    if (!isMissing && !isPasswordMissing(error)) throw error
    return store.settings(stored.name, role)
  }
}

/** Errors: `USAGE` if a stored role is chosen for a database that the flags name. */
function refuseRole({ role }: TargetFlags): void {
  if (role === undefined) return
  throw usageError(
    '--role chooses one of the roles of a stored database, and no stored database is named.',
    'Add the name of a stored database, or pass the role with --user.',
    'role',
  )
}

/** Errors: `USAGE` if flags name a database beside the name of a stored one. */
function refuseBoth(flags: ConnectionFlags): void {
  const { host, port, database, user, sslmode, sslrootcert, dsn, passwordStdin, passwordFile } = flags
  const given = {
    host,
    port,
    database,
    user,
    sslmode,
    sslrootcert,
    dsn,
    'password-stdin': passwordStdin,
    'password-file': passwordFile,
  }
  const [flag] = Object.entries(given).find(([, value]) => value !== undefined) ?? []
  if (flag === undefined) return
  throw usageError(
    `The name of a stored database and --${flag} are given.`,
    `Leave --${flag} out to use the stored credentials, or leave the name out.`,
    flag,
  )
}

/** Stores what is known of the schemas of a stored database, for `db list`. */
async function recordSchema(
  invocation: Invocation,
  name: string,
  schema: StoredSchema | null,
): Promise<void> {
  const { withWorkspace } = await import('./workspace.ts')
  await withWorkspace(invocation, { create: false }, async ({ store }) => {
    // Another process may have removed the record meanwhile.
    if ((await store.names()).includes(name)) await store.setSchema(name, schema)
  })
}
