import { deriveKey, encrypt, type FernetKey, forgetKey } from '../../secrets/fernet.ts'
import { decryptAll } from '../../secrets/fernet-batch.ts'
import type { Reseal, SealedValue } from '../../store/sealed.ts'

/** What the known keys make of a stored value. */
export type Opening =
  | { kind: 'current' }
  /** `by` is the number of the key that opens it; each character of the plaintext is a byte. */
  | { kind: 'opened'; by: number; plaintext: string }
  | { kind: 'plain text' }
  | { kind: 'unopened' }

/** The keys that a rotation knows, derived. */
export interface KnownKeys {
  /** Returns what the keys make of values, tried in the order of the keys. */
  open(values: readonly SealedValue[]): Opening[]
  /** Returns tokens of the new key for what others open, each of which was decrypted again. */
  reseal: Reseal
  /** Overwrites the keys in memory. */
  forget(): void
}

/**
 * Derives keys.
 *
 * @param newKey the key to encrypt with; `null` if there is none yet, so that no value is under it
 * @param others the keys that may have encrypted what is stored, numbered from 0
 */
export async function deriveKeys(newKey: string | null, others: readonly string[]): Promise<KnownKeys> {
  const [target, ...known] = await Promise.all([
    newKey === null ? null : deriveKey(newKey),
    ...others.map((key) => deriveKey(key)),
  ])
  const keys = known.filter((key) => key !== null)
  const open = (values: readonly SealedValue[]) => openAll(values, target ?? null, keys)
  return {
    open,
    reseal(values) {
      if (!target) throw new Error('there is no new key')
      return tokensFor(open(values), target)
    },
    forget() {
      for (const key of [target, ...keys]) if (key) forgetKey(key)
    },
  }
}

function openAll(
  values: readonly SealedValue[],
  target: FernetKey | null,
  keys: readonly FernetKey[],
): Opening[] {
  const openings: Opening[] = values.map(() => ({ kind: 'unopened' }))
  let left = [...values.keys()]
  const tries = [
    ...(target === null ? [] : [{ key: target, by: -1 }]),
    ...keys.map((key, by) => ({ key, by })),
  ]
  for (const { key, by } of tries) {
    const results = decryptAll(
      left.map((at) => values[at]?.text ?? ''),
      key,
      'latin1',
    )
    left = left.filter((at, index) => {
      const result = results[index]
      if (result === undefined || result.kind === 'refused') return true
      openings[at] =
        result.kind === 'plain text'
          ? result
          : by === -1
            ? { kind: 'current' }
            : { kind: 'opened', by, plaintext: result.plaintext }
      return false
    })
  }
  return openings
}

function tokensFor(openings: readonly Opening[], target: FernetKey): (string | null)[] {
  const tokens = openings.map((opening) =>
    opening.kind === 'opened' ? encrypt(Buffer.from(opening.plaintext, 'latin1'), target) : null,
  )
  const proofs = decryptAll(
    tokens.map((token) => token ?? ''),
    target,
    'latin1',
  )
  openings.forEach((opening, at) => {
    if (opening.kind !== 'opened') return
    const proof = proofs[at]
    if (proof?.kind === 'decrypted' && proof.plaintext === opening.plaintext) return
    throw new Error('a new token does not decrypt to the value that it was made of')
  })
  return tokens
}
