import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InternalDatabase } from '../databases/internal-target.ts'
import { type Recovery, recoverInterrupted } from '../databases/recover.ts'
import { usageError } from '../errors.ts'
import { parseDsn } from '../postgres/dsn.ts'
import { completeSettings } from '../postgres/resolve-settings.ts'
import { readEnvFile } from '../secrets/env-file.ts'
import { resolveSecretKey, type SecretKey } from '../secrets/secret-key.ts'
import { openStore } from '../store/index.ts'
import type { Store } from '../store/types.ts'
import type { Invocation } from './invocation.ts'
import { reportProgress } from './progress.ts'

/** The internal database, opened for one command. */
export interface Workspace {
  store: Store
  /** Internal databases of a Mathesar on PostgreSQL that the settings name. */
  internal: InternalDatabase[]
  /** What was found of runs that were killed, and what became of it. */
  recovered: Recovery[]
}

/** The secret key that the flags, the environment or the files give. Errors: `SECRET_KEY_MISSING`, `USAGE`. */
export function findSecretKey({ globals, env }: Pick<Invocation, 'globals' | 'env'>): SecretKey {
  return resolveSecretKey({
    flags: {
      ...(globals.secretKeyFile ? { secretKeyFile: globals.secretKeyFile } : {}),
      ...(globals.envFile ? { envFile: globals.envFile } : {}),
    },
    env,
    configKeyFile: globals.config['secret-key-file'] ?? null,
    defaultKeyFile: globals.files.secretKey,
  })
}

/** Where the internal database is. Errors: `USAGE` where nothing says so and there is no home directory. */
export function internalDatabaseLocation({ globals }: Pick<Invocation, 'globals'>): string {
  if (globals.internalDb.location === null) {
    throw usageError(
      'There is no home directory to keep the internal database in.',
      'Name one with --internal-db PATH, or set MATHESAR_INTERNAL_DB or HOME.',
      'internal-db',
    )
  }
  return globals.internalDb.location
}

/**
 * Opens the internal database, finishes or rolls back what killed runs left, and runs `work`.
 * `create`: make the file if it is not there (a command that stores something), but with `dryRun` only for the run.
 */
export async function withWorkspace<T>(
  invocation: Invocation,
  options: { create: boolean; dryRun?: boolean },
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const { terminal, signal } = invocation
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
  const store = await openStore(location, provideKey, options)
  terminal.detail(`internal database: ${store.location} (${invocation.globals.internalDb.source})`)
  try {
    const recovered = await recoverInterrupted(store, { signal, onProgress: reportProgress(terminal).event })
    for (const recovery of recovered) tellRecovery(invocation, recovery)
    return await work({ store, internal: findInternalDatabases(invocation), recovered })
  } finally {
    await store.close()
    if (directory !== null) rmSync(directory, { recursive: true, force: true })
  }
}

function isUrl(location: string): boolean {
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

/** The internal databases on PostgreSQL that the settings name: by URL, or by a Mathesar's POSTGRES_* variables. */
export function findInternalDatabases({
  globals,
  env,
}: Pick<Invocation, 'globals' | 'env'>): InternalDatabase[] {
  const found: InternalDatabase[] = []
  const { location, source } = globals.internalDb
  if (location !== null && isUrl(location)) {
    found.push({ settings: completeSettings(parseDsn(location).settings), source })
  }
  const file = globals.envFile ? readEnvFile(globals.envFile) : {}
  for (const [variables, origin] of [
    [file, globals.envFile],
    [env, 'the environment'],
  ] as const) {
    const { POSTGRES_DB: database, POSTGRES_USER: user, POSTGRES_HOST: host } = variables
    if (!(database && user && host)) continue
    const port = variables.POSTGRES_PORT ? Number(variables.POSTGRES_PORT) : undefined
    const settings = completeSettings({
      host,
      database,
      user,
      password: variables.POSTGRES_PASSWORD ?? null,
      ...(port === undefined || Number.isNaN(port) ? {} : { port }),
    })
    found.push({ settings, source: `POSTGRES_* of ${origin}` })
  }
  return found
}
