import { loadComposeParser } from '../../../databases/interface/compose.ts'
import { examineFile, examineMathesar, type SeenInternal } from '../../../databases/take-up.ts'
import { OperatorError } from '../../../errors.ts'
import type { Addresses } from '../../settings/addresses.ts'
import { findMathesars, SYSTEM_DIRECTORY } from '../../settings/discovery/index.ts'
import type { FoundFlags, FoundMathesar } from '../../settings/discovery/types.ts'
import { type GlobalFlags, type Globals, resolveGlobals } from '../../settings/globals.ts'
import { liveOptions } from '../../settings/live-options.ts'
import { provenSecretKey } from '../../settings/proven-key.ts'
import { withRotationHint } from '../../settings/rotation-hint.ts'
import { findSecretKey } from '../../settings/secret-key.ts'

/** How long to wait for each internal database of a Mathesar that nobody chose yet, in milliseconds. */
const LOOK_TIMEOUT_MS = 3000

/** A Mathesar that was found, and what a look at its internal database showed. */
export interface SeenMathesar {
  found: FoundMathesar
  /**
   * The URL of its internal database, without a password, or the path of its SQLite file; `null` if its files
   * can't be read.
   */
  location: string | null
  /** The host of its internal database, as Mathesar knows it; `null` as for `location`, and for a file. */
  host: string | null
  /** What it is; `null` if there was no look, or if it failed. */
  examined: SeenInternal | null
  /** Why it can't be used as it is; `null` if nothing is wrong, or if there was no look. */
  error: OperatorError | null
}

export interface LookContext {
  flags: GlobalFlags
  /** The addresses that flags and the configuration file state already. */
  addresses: Addresses
  env: NodeJS.ProcessEnv
  signal: AbortSignal
}

/** Finds the Mathesars of this machine, and looks at their internal databases. Changes nothing. */
export async function lookForMathesars(context: LookContext): Promise<SeenMathesar[]> {
  const directories = [process.cwd(), SYSTEM_DIRECTORY]
  await loadComposeParser()
  const found = findMathesars({ directories, env: context.env }).map((one) => ({
    ...one,
    flags: withoutKnown(one.flags, context.addresses),
  }))
  const seen = await Promise.all(found.map((one) => look(one, context)))
  // The environment may repeat what a file says.
  return seen.filter(
    ({ found: { kind }, location }, index) =>
      kind !== 'environment' || seen.slice(0, index).every((other) => other.location !== location),
  )
}

/** Returns the flags of the run with those of a Mathesar that was found; those of the run are stronger. */
export function withFound(flags: GlobalFlags, found: FoundFlags): GlobalFlags {
  return { ...found, ...flags, address: [...(found.address ?? []), ...(flags.address ?? [])] }
}

/** Leaves out addresses of hosts that have one already. */
export function withoutKnown(found: FoundFlags, known: Addresses): FoundFlags {
  const address = found.address?.filter((text) => !known.has(text.slice(0, text.indexOf('='))))
  const { address: _, ...others } = found
  return address === undefined || address.length === 0 ? others : { ...others, address }
}

async function look(
  found: FoundMathesar,
  { flags, env, signal }: Omit<LookContext, 'addresses'>,
): Promise<SeenMathesar> {
  const seen: SeenMathesar = { found, location: null, host: null, examined: null, error: null }
  const hasKey = flags.secretKeyFile ?? (env.SECRET_KEY || env.MATHESAR_SECRET_KEY_FILE)
  if (found.problem !== null && !(found.problem.kind === 'key' && hasKey)) {
    const { message, hint } = found.problem
    return { ...seen, error: new OperatorError('STORE_UNAVAILABLE', message, hint) }
  }
  try {
    const globals = await resolveGlobals(withFound(flags, found.flags), env)
    if (globals.live === null) {
      const named = { ...seen, location: globals.internalDb.location }
      return found.owner === null ? await examineSqlite(named, globals, env) : named
    }
    const { location, settings } = globals.live
    const named = { ...seen, location, host: settings.host }
    const isHidden = found.hiddenHost !== null && !globals.addresses.has(found.hiddenHost)
    // The password goes to no server that another user's file names, and to none that has the name by chance.
    if (found.owner !== null || isHidden) return named
    return await examine(named, globals, { env, signal })
  } catch (error) {
    return { ...seen, error: requireOperatorError(error, signal) }
  }
}

async function examineSqlite(
  seen: SeenMathesar,
  globals: Globals,
  env: NodeJS.ProcessEnv,
): Promise<SeenMathesar> {
  const location = seen.location ?? ''
  const { trust } = globals.internalDb
  const proven = await provenSecretKey(globals, env, () => {}, undefined)
  const examined = await examineFile({
    location,
    trust,
    findKey: () => proven ?? findSecretKey(globals, env, () => {}),
  })
  return { ...seen, examined, error: await keyError(examined, globals, { location, live: undefined }) }
}

/** Returns why the key can't be used; `null` if it can. */
async function keyError(
  { key }: SeenInternal,
  globals: Globals,
  place: Parameters<typeof withRotationHint>[2],
): Promise<OperatorError | null> {
  return key.state === 'unusable' ? await withRotationHint(key.error, globals, place) : null
}

async function examine(
  seen: SeenMathesar,
  globals: Globals,
  { env, signal }: Pick<LookContext, 'env' | 'signal'>,
): Promise<SeenMathesar> {
  try {
    const live = await liveOptions(globals, { signal, timeoutMs: LOOK_TIMEOUT_MS })
    if (live === undefined) return seen
    const proven = await provenSecretKey(globals, env, () => {}, live)
    const examined = await examineMathesar({
      location: seen.location ?? '',
      live,
      findKey: () => proven ?? findSecretKey(globals, env, () => {}),
    })
    const place = { location: seen.location ?? '', live }
    return { ...seen, examined, error: await keyError(examined, globals, place) }
  } catch (error) {
    return { ...seen, error: requireOperatorError(error, signal) }
  }
}

function requireOperatorError(error: unknown, signal: AbortSignal): OperatorError {
  signal.throwIfAborted()
  if (error instanceof OperatorError) return error
  throw error
}
