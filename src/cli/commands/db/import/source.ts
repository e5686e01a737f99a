import { type BigIntStats, statSync } from 'node:fs'
import { refuseSameInternal, sameSource } from '../../../../databases/import/same-source.ts'
import { openStore, WrongFileError } from '../../../../databases/interface/internal-database.ts'
import { isLoopback } from '../../../../databases/interface/loopback.ts'
import { describeServer } from '../../../../databases/interface/server-address.ts'
import type { InternalDatabase } from '../../../../databases/internal-target.ts'
import { OperatorError } from '../../../../errors.ts'
import type { SecretKey } from '../../../../secrets/secret-key.ts'
import type { LiveOptions, Store } from '../../../../store/types.ts'
import type { Invocation } from '../../../invocation.ts'
import { waitReporter } from '../../../lock-wait.ts'
import { askKeyFile } from '../../../prompts/key-file.ts'
import { isPasswordMissing } from '../../../prompts/password-missing.ts'
import { showError } from '../../../prompts/show-error.ts'
import { isKeyCode } from '../../../settings/key-codes.ts'
import type { LiveMathesar } from '../../../settings/live.ts'
import { liveOptions } from '../../../settings/live-options.ts'
import { findSourceKey } from './keys.ts'
import { locateSource, NAME_SOURCE, type SourceLocation } from './location.ts'

/** The internal database that an import reads, opened for reading. */
export interface Source {
  store: Store
  /** It must not become a user database; `null` if it is a file. */
  internal: InternalDatabase | null
  /** Its Mathesar may run on another machine, or in a container. */
  isElsewhere: boolean
}

export interface SourceFlags {
  from: string
  fromSecretKeyFile?: string
}

/**
 * Opens the internal database that `--from` names while `action` runs. At a terminal it asks for a password
 * that is missing or refused, and for the file of the key if none that is known fits.
 *
 * Errors: `USAGE` for a source that is not one, or that is the internal database in use; those of its key and
 * of opening it.
 */
export async function withSource<T>(
  invocation: Invocation,
  { from, fromSecretKeyFile: keyFile }: SourceFlags,
  action: (source: Source) => Promise<T>,
): Promise<T> {
  const { globals, env, terminal, signal } = invocation
  const location = await locateSource(from, withoutUsedPassword(invocation))
  if (location.kind === 'sqlite') refuseSameFile(location.path, invocation)
  const live = location.kind === 'live' ? await reachLive(location.live, invocation) : undefined
  if (live !== undefined && globals.live !== null) {
    const used = await liveOptions(globals, { signal })
    if (used !== undefined) await refuseSameInternal(live, { ...used, named: globals.internalDb }, signal)
  }
  const path = location.kind === 'live' ? location.live.location : location.path
  const open = (key: () => string) =>
    openSource(path, key, live, invocation).catch((error: unknown) => {
      // The file is not the internal database in use, whose flag the hint names.
      throw error instanceof WrongFileError ? error.with({ hint: NAME_SOURCE, field: 'from' }) : error
    })
  const findKey = (file: string | undefined) =>
    findSourceKey(
      { keyFile: file, location, globals, env, onWarning: terminal.warn },
      nameOf(location),
      (text) => open(() => text),
    ).catch(async (error: unknown) => {
      if (!(error instanceof OperatorError) || error.code !== 'SECRET_KEY_MISMATCH') throw error
      const { withRotationHint } = await import('../../../settings/rotation-hint.ts')
      throw await withRotationHint(error, globals, { location: path, live, flag: KEY_FLAG })
    })
  const key = await findKeyOrAsk(findKey, keyFile, invocation)
  terminal.trace(`secret key of the source: ${key.source}`)
  const store = await open(() => key.key)
  terminal.trace(`source: ${store.location}`)
  try {
    return await action({
      store,
      internal: live ? { settings: live.settings, source: '--from' } : null,
      isElsewhere: location.kind === 'live' && isElsewhere(location.live),
    })
  } finally {
    await store.close()
  }
}

const FIELD = 'from-secret-key-file'
const KEY_FLAG = `--${FIELD}`

/** Returns the key of the source. At a terminal it asks for its file until one fits. Errors: as `findKey`. */
async function findKeyOrAsk(
  findKey: (file: string | undefined) => Promise<SecretKey>,
  named: string | undefined,
  { prompts, terminal }: Invocation,
): Promise<SecretKey> {
  let file = named
  for (;;) {
    try {
      return await findKey(file)
    } catch (error) {
      if (prompts === null || !isAboutKey(error)) throw error
      showError(error, terminal, [KEY_FLAG])
      file = await askKeyFile(prompts, 'File with the SECRET_KEY of the source:')
    }
  }
}

function isAboutKey(error: unknown): error is OperatorError {
  if (!(error instanceof OperatorError)) return false
  const { code, details } = error
  // A file that other users may read is refused as USAGE.
  return isKeyCode(code) || details.field === FIELD
}

/** A Mathesar often runs where its internal database does. */
function isElsewhere({ settings: { host }, isInContainer }: LiveMathesar): boolean {
  return isInContainer || !isLoopback(host)
}

function nameOf(location: SourceLocation): string {
  return location.kind === 'live' ? location.live.location : location.path
}

function openSource(
  path: string,
  key: () => string,
  live: LiveOptions | undefined,
  { globals, terminal }: Invocation,
): Promise<Store> {
  return openStore(path, key, {
    create: false,
    readOnly: true,
    trust: { named: true, groups: globals.groups },
    onWarning: terminal.warn,
    onWait: waitReporter(terminal),
    live,
  })
}

/** Errors: `USAGE` if the file is that of the internal database in use. */
function refuseSameFile(path: string, { globals: { internalDb, live } }: Invocation): void {
  if (live !== null || internalDb.location === null) return
  const [source, used] = [fileAt(path), fileAt(internalDb.location)]
  // A file can have several names: symbolic links, and hard links as well.
  if (source && used && source.dev === used.dev && source.ino === used.ino) throw sameSource(internalDb)
}

function fileAt(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true })
  } catch {
    // Whoever opens it reports why it can't be used; a file that does not exist yet is another one.
    return null
  }
}

/** PGPASSWORD serves one server: where it opens the internal database in use, it is not the source's. */
function withoutUsedPassword({ globals: { live }, env }: Invocation): NodeJS.ProcessEnv {
  if (live?.passwordSource?.kind !== 'environment') return env
  const { PGPASSWORD: _, ...others } = env
  return others
}

/** How often a password is asked for. */
const ATTEMPTS = 3

/** Returns how the source is reached, once its server admitted the role. Errors: those of connecting. */
async function reachLive(given: LiveMathesar, invocation: Invocation): Promise<LiveOptions> {
  const { globals, terminal, prompts, signal } = invocation
  let live = given
  for (let attempt = 1; ; attempt++) {
    // What the source holds is only read, whatever its release is.
    const place = { ...globals, live, journal: null, acceptUnknownLayout: true }
    const options = await liveOptions(place, { signal, reporter: terminal })
    if (options === undefined) throw new Error('a live source without options')
    try {
      const store = await openSource(live.location, () => '', options, invocation)
      await store.close()
      return options
    } catch (error) {
      const refused = ofSource(error, live)
      const isAboutPassword = refused.code === 'AUTHENTICATION_FAILED' || isPasswordMissing(refused)
      if (!isAboutPassword || prompts === null || attempt > ATTEMPTS) throw refused
      // Nothing failed where the server asks for a password that nobody could know yet.
      const isFirst = isPasswordMissing(refused) && attempt === 1
      // The next question is the hint, and this dialogue has no other.
      if (!isFirst) showError(refused.with({ hint: '', field: 'from' }), terminal)
      const { user } = live.settings
      const password = await prompts.password(
        `Password of role "${user}" on ${describeServer(live.settings)} (source):`,
      )
      live = {
        ...live,
        settings: { ...live.settings, password },
        others: [],
        passwordSource: { kind: 'prompt' },
        warnings: [],
      }
    }
  }
}

/** Returns an error of the source: the flags and variables of the internal database in use are not for it. */
function ofSource(error: unknown, { settings }: LiveMathesar): OperatorError {
  if (!(error instanceof OperatorError)) throw error
  // The server asks for a password, and nothing gives one, or an empty answer did.
  if (error.code !== 'USAGE' || settings.password) return error.with({ field: 'from' })
  return error.with({
    hint:
      `Put the password of role "${settings.user}" into the password file (~/.pgpass), or name the .env file ` +
      'of that Mathesar with --from, if that sets POSTGRES_PASSWORD.',
    field: 'password',
  })
}
