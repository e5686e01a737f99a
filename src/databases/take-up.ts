import { OperatorError } from '../errors.ts'
import type { SecretKey } from '../secrets/secret-key.ts'
import { openStore } from '../store/index.ts'
import type { LiveOptions, MathesarFacts, OpenStoreOptions, Store } from '../store/types.ts'

/** A live Mathesar to look at. */
export interface MathesarInput {
  /** The URL of its internal database, without a password. */
  location: string
  live: LiveOptions
  /** Returns its secret key. Errors: `SECRET_KEY_MISSING`. */
  findKey: () => SecretKey
  onWarning?: OpenStoreOptions['onWarning']
  onWait?: OpenStoreOptions['onWait']
}

/**
 * What is known about the secret key. `unproved`: nothing is stored yet that it could decrypt. `unusable`:
 * there is none, it can't be read, or it does not decrypt what is stored.
 */
export type KeyProof =
  | { state: 'proved' | 'unproved'; source: string }
  | { state: 'unusable'; source: string | null; error: OperatorError }

/** What the internal database of a live Mathesar shows. */
export interface ExaminedMathesar extends MathesarFacts {
  location: string
  /** The names of the stored databases. */
  names: string[]
  key: KeyProof
  /**
   * Why nothing is written there, as the end of a sentence, and what to do; `null` if it can be written to.
   */
  writeRefusal: { reason: string; hint: string } | null
}

/**
 * Connects to the internal database of a live Mathesar, and returns what it is and whether the key fits.
 * Writes nothing.
 *
 * Errors: those of connecting, with the internal database named; `STORE_UNAVAILABLE` if it is no Mathesar's,
 * or if this version does not know its layout.
 */
export async function examineMathesar(input: MathesarInput): Promise<ExaminedMathesar> {
  const { location, live, onWarning, onWait } = input
  let key: SecretKey | null = null
  const provideKey = () => {
    key ??= input.findKey()
    return key.key
  }
  const store = await openStore(location, provideKey, {
    create: false,
    readOnly: true,
    onWarning,
    onWait,
    live: { ...live, journal: null },
  })
  try {
    const { mathesar, capabilities } = store
    if (mathesar === null) throw new Error(`not the internal database of a live Mathesar: ${location}`)
    const names = await store.names()
    const proof = await proveKey(store, names.length, provideKey)
    return {
      ...mathesar,
      location: store.location,
      names,
      key: keyProof(proof, key),
      writeRefusal: capabilities.writeRefusal,
    }
  } finally {
    await store.close()
  }
}

/** What a look at an internal database shows, wherever that lies. */
export type SeenInternal = Pick<ExaminedMathesar, 'releases' | 'names' | 'key'>

/**
 * Opens the SQLite file of a Mathesar 0.1.x for reading, and returns what it is and whether the key fits.
 *
 * Errors: `STORE_UNAVAILABLE` if it can't be read or is no internal database; `LOCKED`.
 */
export async function examineFile({
  location,
  findKey,
  trust,
}: Pick<MathesarInput, 'location' | 'findKey'> & Pick<OpenStoreOptions, 'trust'>): Promise<SeenInternal> {
  let key: SecretKey | null = null
  const provideKey = () => {
    key ??= findKey()
    return key.key
  }
  const store = await openStore(location, provideKey, { create: false, readOnly: true, trust })
  try {
    const names = await store.names()
    const proof = await proveKey(store, names.length, provideKey)
    return {
      releases: store.capabilities.isMathesars ? { oldest: '0.1.4', newest: '0.1.7' } : null,
      names,
      key: keyProof(proof, key),
    }
  } finally {
    await store.close()
  }
}

function keyProof(proof: 'proved' | 'unproved' | OperatorError, key: SecretKey | null): KeyProof {
  const source = key?.source ?? null
  return proof instanceof OperatorError
    ? { state: 'unusable', source, error: proof }
    : { state: proof, source: source ?? '' }
}

/** Returns why the key can't be used, or what is known about it. */
async function proveKey(
  store: Store,
  databases: number,
  provideKey: () => string,
): Promise<'proved' | 'unproved' | OperatorError> {
  try {
    provideKey()
    await store.verifyKey()
    return databases > 0 ? 'proved' : 'unproved'
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    if (['SECRET_KEY_MISSING', 'SECRET_KEY_MISMATCH', 'USAGE'].includes(error.code)) return error
    throw error
  }
}

/**
 * Creates the journal of pending operations in the internal database of a live Mathesar, unless it is there.
 *
 * Errors: as `examineMathesar`; `INSUFFICIENT_PRIVILEGE` if the role may not create a schema there.
 */
export async function createMathesarJournal(input: MathesarInput): Promise<void> {
  const { location, live, onWarning, onWait } = input
  const store = await openStore(location, () => input.findKey().key, {
    create: false,
    onWarning,
    onWait,
    live: { ...live, journal: 'database', createsJournal: true },
  })
  await store.close()
}
