import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Recovery } from '../databases/recover.ts'
import { usageError } from '../errors.ts'
import { resolveSecretKey, type SecretKey } from '../secrets/secret-key.ts'
import { openStore } from '../store/index.ts'
import type { InterruptedOperation, Store } from '../store/types.ts'
import type { Invocation } from './invocation.ts'
import { whyNoDefault } from './settings/paths.ts'
import { shellWord } from './shell-words.ts'
import type { Terminal } from './terminal.ts'

/** The internal database, opened for one command. */
export interface Workspace {
  store: Store
  /** What was found of runs that were killed, and what became of it; a command that only reads does not look. */
  recovered: Recovery[]
}

/** The secret key that the flags, the environment or the files give. Errors: `SECRET_KEY_MISSING`, `USAGE`. */
export function findSecretKey({
  globals,
  env,
  terminal,
}: Pick<Invocation, 'globals' | 'env' | 'terminal'>): SecretKey {
  return resolveSecretKey({
    flags: {
      ...(globals.secretKeyFile ? { secretKeyFile: globals.secretKeyFile } : {}),
      ...(globals.envFile ? { envFile: globals.envFile } : {}),
    },
    env,
    configKeyFile: globals.config['secret-key-file'] ?? null,
    defaultKeyFile: globals.files.secretKey,
    whyNoDefault: whyNoDefault(env, 'config'),
    groups: globals.groups,
    onWarning: terminal.warn,
  })
}

/** Where the internal database is. Errors: `USAGE` where nothing says so and there is no home directory. */
export function internalDatabaseLocation({ globals, env }: Pick<Invocation, 'globals' | 'env'>): string {
  if (globals.internalDb.location === null) {
    throw usageError(
      `There is no place for the internal database: ${whyNoDefault(env, 'data')}.`,
      'Name one with --internal-db PATH, or set HOME to your own home directory (sudo -H does).',
      'internal-db',
    )
  }
  return globals.internalDb.location
}

export interface WorkspaceOptions {
  /** Create the internal database if it is missing: for a command that stores something. */
  create: boolean
  /** The command only reads: the internal database is not changed, and what killed runs left is only reported. */
  readOnly?: boolean
  /** `false`: the command may write, but what killed runs left is only reported. */
  settle?: boolean
  /** Like `readOnly` for this run; an internal database that is missing is created for the run alone. */
  dryRun?: boolean
}

/** Opens the internal database, finishes or rolls back what killed runs left unless it only reads, and runs `work`. */
export async function withWorkspace<T>(
  invocation: Invocation,
  options: WorkspaceOptions,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const { terminal } = invocation
  const wanted = internalDatabaseLocation(invocation)
  const passing = options.create && options.dryRun && !isUrl(wanted) && !existsSync(wanted)
  // A run that changes nothing must not leave a file either: its internal database is gone with it.
  const directory = passing ? mkdtempSync(join(tmpdir(), 'mathesarctl-')) : null
  const location = directory === null ? wanted : join(directory, 'internal.sqlite3')
  let key: SecretKey | null = null
  const provideKey = () => {
    key ??= findSecretKey(invocation)
    terminal.detail(`secret key: ${key.source}`)
    return key.key
  }
  // A database file made for a key that does not exist would only be in the way later.
  if (options.create && !existsSync(location)) provideKey()
  const readOnly = directory === null && (options.readOnly === true || options.dryRun === true)
  const store = await openStore(location, provideKey, {
    create: options.create,
    readOnly,
    // The directory of the run is this program's own, wherever TMPDIR is.
    trust: directory === null ? invocation.globals.internalDb.trust : { named: true },
    onWarning: terminal.warn,
  })
  terminal.detail(`internal database: ${store.location} (${invocation.globals.internalDb.source})`)
  try {
    const reports = readOnly || options.settle === false
    const recovered = reports ? await report(store, invocation) : await recover(store, invocation)
    return await work({ store, recovered })
  } finally {
    await store.close()
    if (directory !== null) rmSync(directory, { recursive: true, force: true })
  }
}

/** Loads what talks to servers only where there is something to look up, which is hardly ever. */
async function recover(store: Store, { terminal, signal }: Invocation): Promise<Recovery[]> {
  if ((await store.interrupted()).length === 0) return []
  const [{ recoverInterrupted }, { reportProgress }] = await Promise.all([
    import('../databases/recover.ts'),
    import('./progress.ts'),
  ])
  const progress = reportProgress(terminal)
  const looked = recoverInterrupted(store, { signal, onProgress: progress.event })
  const recovered = await looked.finally(progress.stop)
  for (const recovery of recovered) tellRecovery(terminal, recovery)
  return recovered
}

/** Says of what killed runs left which command finishes it. */
async function report(store: Store, { terminal }: Invocation): Promise<Recovery[]> {
  const pending = await store.interrupted()
  if (pending.length === 0) return []
  for (const operation of pending) tellInterrupted(terminal, operation)
  const { unsettled } = await import('../databases/recover.ts')
  return unsettled(pending)
}

/** Whether an internal database is named by a URL, and so is one on PostgreSQL. */
export function isUrl(location: string): boolean {
  return /^postgres(ql)?:\/\//.test(location)
}

function tellInterrupted(terminal: Terminal, operation: InterruptedOperation): void {
  const { kind, name, startedAt, keepTypes } = operation
  const what = `${kind === 'add' ? 'Adding' : 'Removing'} "${name}" (begun ${startedAt})`
  const word = shellWord(name)
  terminal.warn(
    operation.mayBeRunning
      ? `${what} is not finished: it was interrupted, or another process is still doing it.`
      : `${what} was interrupted and is not finished.`,
    kind === 'add'
      ? `This command does not change that. To finish it, run the same "mathesarctl db add ${word}" again; to drop it, run: mathesarctl db remove ${word}`
      : `This command does not change that. To finish it, run: mathesarctl db remove ${word} --remove-schema${keepTypes ? ' --keep-types' : ''}`,
  )
}

function tellRecovery(terminal: Terminal, { kind, name, outcome, reason }: Recovery): void {
  const adds = kind === 'add'
  const what = `An earlier run was interrupted while ${adds ? 'adding' : 'removing'} "${name}"`
  if (outcome === 'finished') {
    terminal.warn(`${what}; it is finished now.`)
  } else if (outcome === 'rolled back') {
    terminal.warn(
      adds
        ? `${what}, before the Mathesar schemas were installed; nothing is stored.`
        : `${what}, and the Mathesar schemas were not removed; the record stays.`,
    )
  } else {
    const word = shellWord(name)
    const ways = adds
      ? `"mathesarctl db remove ${word}" drops what is left of it here.`
      : `The credentials stay stored until then. "mathesarctl db remove ${word}" removes them, and "mathesarctl db edit ${word}" with the right values keeps them.`
    terminal.warn(
      `${what}, and its outcome can't be proved now: ${reason?.message ?? ''}`,
      `${reason?.hint ?? ''} The next command that writes looks again. ${ways}`.trim(),
    )
  }
}
