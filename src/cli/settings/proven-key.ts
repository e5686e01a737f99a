import { openStore } from '../../databases/interface/internal-database.ts'
import { LiveKeyMissing, PUBLIC_KEY, resolveLiveKey } from '../../databases/interface/secret-key.ts'
import { fittingKey, isProvenKey } from '../../databases/live/prove-key.ts'
import { OperatorError } from '../../errors.ts'
import { toRun } from '../../hint.ts'
import type { SecretKey } from '../../secrets/secret-key.ts'
import type { LiveOptions, Store } from '../../store/types.ts'
import type { Globals } from './globals.ts'
import { commandToRepeat } from './repeated-flags.ts'
import { keyPlaces } from './secret-key.ts'

/** The keys that were proved: a run opens its internal database more than once. */
const proven = new WeakMap<Globals, Promise<SecretKey | null>>()

/**
 * Returns the key of a Mathesar where only what is stored shows which one it is: programs read the SECRET_KEY
 * of its `.env` file in different ways, or the file sets none, as Mathesar 0.1.4 to 0.4.0 allows. `null`
 * where the settings alone show the key, where no key could be proved, and for an own SQLite file.
 *
 * @param live how its internal database is opened; `undefined` for an SQLite file
 * @param isRotating this run replaces the key
 */
export function provenSecretKey(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint: string) => void,
  live: LiveOptions | undefined,
  isRotating = false,
): Promise<SecretKey | null> {
  const { location, trust } = globals.internalDb
  const envFile = globals.live === null ? globals.envFile : globals.live.envFile
  if (location === null || !envFile) return Promise.resolve(null)
  const open = (key: string) => openStore(location, () => key, { create: false, readOnly: true, trust, live })
  const find = async () => {
    if (live === undefined && !(await mayNeedProof(globals, env, open))) return null
    return await prove(globals, env, onWarning, open, isRotating)
  }
  const known = proven.get(globals) ?? find()
  proven.set(globals, known)
  return known
}

/** Returns whether an SQLite file is that of a Mathesar whose key the settings do not show. */
async function mayNeedProof(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  open: (key: string) => Promise<Store>,
): Promise<boolean> {
  const given = keyOrNull(globals, env)
  if (given === 'unusable' || (given !== null && (given.others ?? []).length === 0)) return false
  try {
    const store = await open('')
    await store.close()
    return store.capabilities.isMathesars
  } catch (error) {
    // Whoever opens it reports why it can't be used.
    if (error instanceof OperatorError) return false
    throw error
  }
}

async function prove(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint: string) => void,
  open: (key: string) => Promise<Store>,
  isRotating: boolean,
): Promise<SecretKey | null> {
  const given = keyOrNull(globals, env)
  if (given === 'unusable') return null
  if (given === null) {
    if (!(await isProvenKey(PUBLIC_KEY, open))) return null
    onWarning(
      'This Mathesar has no SECRET_KEY of its own. It uses the one that every Mathesar 0.1.4 to 0.4.0 contains, ' +
        'which is public: whoever can read its internal database can read the passwords in it.',
      isRotating
        ? 'Change the passwords if others could read it: a new key protects them from now on.'
        : toRun(
            'Give it a key of its own, at the latest before you upgrade it to 0.5.0 or later, which ' +
              'creates another key. Run:',
            commandToRepeat('mathesarctl secret-key rotate', globals),
          ),
    )
    return {
      key: PUBLIC_KEY,
      source: 'the public key of Mathesar 0.1.4 to 0.4.0',
      place: { kind: 'built-in' },
      hasFinalNewline: false,
    }
  }
  const { others = [] } = given
  if (others.length === 0) return null
  const key = await fittingKey([given.key, ...others], open)
  // The warning about the file states how it is read.
  if (key === given.key) return resolveLiveKey(keyPlaces(globals, env, onWarning))
  return key === null ? null : { ...given, key, hasFinalNewline: key.endsWith('\n') }
}

/** Returns the key that the settings give, without a warning; `null` if they give none. */
function keyOrNull(globals: Globals, env: NodeJS.ProcessEnv): SecretKey | 'unusable' | null {
  try {
    return resolveLiveKey(keyPlaces(globals, env, () => {}))
  } catch (error) {
    // Whoever needs the key reports why it can't be used.
    return error instanceof LiveKeyMissing ? null : 'unusable'
  }
}
