import { OperatorError } from '../errors.ts'
import { decrypt, deriveKey, encrypt, type FernetKey, forgetKey, isTokenLike } from '../secrets/fernet.ts'
import { decryptAll } from '../secrets/fernet-batch.ts'

/** Encrypts and decrypts the values of one internal database. */
export interface Credentials {
  /** Encrypts a text as a Fernet token; no password as the empty text, because the column takes no NULL. */
  encrypt(plaintext: string | null): string
  /**
   * Decrypts a stored value. Plain text, which Mathesar accepts too if somebody stored it by hand, is
   * returned as it is. Errors: `SECRET_KEY_MISMATCH`, which names the stored database `name`.
   */
  decrypt(stored: string, name: string): string
  /** Decrypts many values at once, which is much faster. */
  decryptAll(stored: readonly string[], nameAt: (index: number) => string): string[]
  /** Whether the key decrypts a stored value; `null` for plain text, which proves nothing. */
  canDecrypt(stored: string): boolean | null
  /** The error for a key that does not fit; `subject` is a plural, such as `the stored credentials`. */
  mismatch(subject: string): OperatorError
}

/** Asks for SECRET_KEY and derives the key when it is first needed. */
export interface Keyring {
  unlock(): Promise<Credentials>
  /** States in errors that the key belongs to mathesarctl: by default it is the SECRET_KEY of a Mathesar. */
  belongToProgram(): void
  /** Overwrites the key in memory. */
  close(): void
}

export function createKeyring(keyProvider: () => string): Keyring {
  let key: FernetKey | null = null
  let unlocked: Promise<Credentials> | null = null
  let isMathesars = true
  const derive = async () => {
    const secretKey = keyProvider()
    key = await deriveKey(secretKey)
    return createCredentials(key, { hasFinalNewline: secretKey.endsWith('\n'), isMathesars })
  }
  return {
    unlock() {
      unlocked ??= derive().catch((error: unknown) => {
        // A missing key may exist at the next attempt.
        unlocked = null
        throw error
      })
      return unlocked
    },
    belongToProgram() {
      isMathesars = false
    },
    close() {
      if (key) forgetKey(key)
      unlocked = null
    },
  }
}

function createCredentials(
  key: FernetKey,
  { hasFinalNewline, isMathesars }: { hasFinalNewline: boolean; isMathesars: boolean },
): Credentials {
  const right = isMathesars ? 'the SECRET_KEY of this Mathesar' : 'the key of this internal database'
  const mismatch = (subject: string) =>
    new OperatorError(
      'SECRET_KEY_MISMATCH',
      `The secret key does not open ${subject}: they were encrypted with another one.`,
      hasFinalNewline
        ? 'The secret key in use ends in a newline, which counts as a part of it: remove it from the key ' +
            `file, or pass ${right} with --secret-key-file.`
        : `Pass ${right} with --secret-key-file; if its file ends in a newline, the ` +
            'newline is a part of it. The flag --verbose shows where the key came from.',
      { data: { keyEndsWithNewline: hasFinalNewline } },
    )
  const credentialsOf = (name: string) => `the credentials stored for ${JSON.stringify(name)}`
  return {
    encrypt: (plaintext) => encrypt(plaintext ?? '', key),
    decrypt(stored, name) {
      const result = decrypt(stored, key)
      if (result.kind === 'refused') throw mismatch(credentialsOf(name))
      return result.kind === 'decrypted' ? result.plaintext : stored
    },
    decryptAll(stored, nameAt) {
      return decryptAll(stored, key).map((result, index) => {
        if (result.kind === 'refused') throw mismatch(credentialsOf(nameAt(index)))
        return result.kind === 'decrypted' ? result.plaintext : (stored[index] ?? '')
      })
    },
    canDecrypt(stored) {
      if (!isTokenLike(stored)) return null
      const { kind } = decrypt(stored, key)
      return kind === 'plain text' ? null : kind === 'decrypted'
    },
    mismatch,
  }
}
