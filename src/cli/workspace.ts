import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Recovery } from '../databases/recover.ts'
import { usageError } from '../errors.ts'
import { resolveSecretKey, type SecretKey } from '../secrets/secret-key.ts'
import { openStore } from '../store/index.ts'
import type { Store } from '../store/types.ts'
import type { Invocation } from './invocation.ts'
import { whyNoDefault } from './paths.ts'

/** The internal database, opened for one command. */
export interface Workspace {
  store: Store
  /** What was found of runs that were killed, and what became of it. */
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

/**
 * Opens the internal database, finishes or rolls back what killed runs left, and runs `work`.
 * `create`: make the file if it is not there (a command that stores something), but with `dryRun` only for the run.
 * `settle: false`: what killed runs left is told, and stays.
 */
export async function withWorkspace<T>(
  invocation: Invocation,
  options: { create: boolean; dryRun?: boolean; settle?: boolean },
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
  const store = await openStore(location, provideKey, {
    ...options,
    // The directory of the run is this program's own, wherever TMPDIR is.
    trust: directory === null ? invocation.globals.internalDb.trust : { named: true },
    onWarning: terminal.warn,
  })
  terminal.detail(`internal database: ${store.location} (${invocation.globals.internalDb.source})`)
  try {
    if (options.settle === false) await tellInterrupted(store, invocation)
    const recovered = options.settle === false ? [] : await recover(store, invocation)
    for (const recovery of recovered) tellRecovery(invocation, recovery)
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
  return recoverInterrupted(store, { signal, onProgress: reportProgress(terminal).event })
}

/** Says what killed runs left, for a command that must not end it. */
async function tellInterrupted(store: Store, { terminal }: Invocation): Promise<void> {
  for (const { kind, name } of await store.interrupted()) {
    terminal.warn(
      `An earlier run was interrupted while ${kind === 'add' ? 'adding' : 'removing'} "${name}".`,
      'It stays as it is until the next command that changes something settles it.',
    )
  }
}

/** Whether an internal database is named by a URL, and so is one on PostgreSQL. */
export function isUrl(location: string): boolean {
  return /^postgres(ql)?:\/\//.test(location)
}

function tellRecovery({ terminal }: Invocation, recovery: Recovery): void {
  const what = recovery.kind === 'add' ? 'adding' : 'removing'
  if (recovery.outcome === 'finished') {
    terminal.warn(`An earlier run was interrupted while ${what} "${recovery.name}"; it is finished now.`)
  } else if (recovery.outcome === 'rolled back') {
    terminal.warn(
      `An earlier run was interrupted while ${what} "${recovery.name}", before the Mathesar schemas were ${recovery.kind === 'add' ? 'installed' : 'removed'}; ${recovery.kind === 'add' ? 'nothing is stored' : 'the record stays'}.`,
    )
  } else {
    terminal.warn(
      `An earlier run was interrupted while ${what} "${recovery.name}", and its outcome can't be looked up now: ${recovery.reason?.message ?? ''}`,
      `${recovery.reason?.hint ?? ''} The next run tries again; "mathesarctl db remove" drops what is left of it here.`.trim(),
    )
  }
}
