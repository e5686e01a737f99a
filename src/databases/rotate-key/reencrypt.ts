import type { RotationFiles } from '../../secrets/rotation.ts'
import type { SealedValue } from '../../store/sealed.ts'
import type { Store } from '../../store/types.ts'
import { deriveKeys } from './keys.ts'
import { type Findings, findingsOf, givenKeys, keyAdvice, requireFit, requireKnown } from './plan.ts'
import { requireStopped } from './sessions.ts'
import type { RotateKeyInput, RotationPlan, RotationState } from './types.ts'

/**
 * Returns the keys that may have encrypted what is stored: first those of this run, which prove that it is
 * about the right internal database. The path of what the settings hold otherwise is `null`.
 */
function knownKeys({ current, held }: RotateKeyInput, { dated }: RotationFiles) {
  const given = givenKeys({ current, held: null })
  const others = [...(held ? [{ path: null, key: held.key }] : []), ...dated]
  const earlier = others.filter(({ key }) => !given.includes(key))
  return {
    given,
    paths: earlier.map(({ path }) => path),
    keys: [...given, ...earlier.map(({ key }) => key)],
  }
}

/** Returns what the known keys make of the stored values. Errors: `SECRET_KEY_MISMATCH`. */
export async function examine(
  values: readonly SealedValue[],
  files: RotationFiles,
  input: RotateKeyInput,
  { state, isMathesars }: { state: RotationState; isMathesars: boolean },
): Promise<Findings> {
  const { given, paths, keys } = knownKeys(input, files)
  const known = await deriveKeys(files.newKey, keys)
  try {
    const findings = findingsOf(values, known.open(values))
    requireFit(state, findings, given.length, paths, keyAdvice(files, given, isMathesars))
    return findings
  } finally {
    known.forget()
  }
}

/** What a rotation has prepared before it re-encrypts. */
interface Reencryption {
  files: RotationFiles
  plan: RotationPlan
  /** The ids of the operations that were checked. */
  operations: ReadonlySet<string>
  /** Keeps copies of keys of the settings, before anything is committed that they opened. */
  keep: (keys: readonly string[]) => void
}

/**
 * Returns what was found in the transaction, which may be more than was there before. There the checks are
 * repeated: nobody else can write any more. Errors: `LOCKED`, `SECRET_KEY_MISMATCH`.
 */
export async function reencrypt(
  store: Store,
  newKey: string,
  { files, plan, operations, keep }: Reencryption,
  input: RotateKeyInput,
): Promise<Findings> {
  const { given, paths, keys } = knownKeys(input, files)
  const known = await deriveKeys(newKey, keys)
  try {
    const values: SealedValue[] = []
    await store.reseal(
      (part, others = []) => {
        values.push(...part)
        requireKnown(part, operations)
        const advice = keyAdvice(files, given, store.capabilities.isMathesars)
        // The values of one place alone may all be those of another key.
        const all = [...part, ...others]
        const { openedBy, ...findings } = findingsOf(all, known.open(all))
        requireFit(plan.state, { openedBy, ...findings }, given.length, paths, advice)
        keep(given.filter((_, at) => (openedBy[at] ?? 0) > 0))
        return known.reseal(part)
      },
      (sessions) => {
        if (plan.state !== 'finishing' && !input.whileRunning) requireStopped(store.location, sessions)
      },
    )
    return findingsOf(values, known.open(values))
  } finally {
    known.forget()
  }
}
