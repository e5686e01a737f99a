import { OperatorError } from '../errors.ts'
import { deriveKey, encrypt, type FernetKey, forgetKey, looksLikeToken, open } from '../secrets/fernet.ts'
import { openAll } from '../secrets/fernet-batch.ts'

/** Encrypts and decrypts the values of one internal database. */
export interface Credentials {
  /** A text as a Fernet token; no password as the token of the empty text, since the column takes no NULL. */
  seal(plaintext: string | null): string
  /**
   * The text behind a stored value. Plain text, which Mathesar takes too where it was stored by hand, is its
   * own. Errors: `SECRET_KEY_MISMATCH`, which names the stored database that it is about.
   */
  reveal(stored: string, name: string): string
  /** The same for many at once, much faster. */
  revealAll(stored: readonly string[], nameAt: (index: number) => string): string[]
  /** Whether a stored value opens; `null` for plain text, which proves nothing. */
  opens(stored: string): boolean | null
  /** The error for a key that does not fit; `subject` is a plural, such as `the stored credentials`. */
  mismatch(subject: string): OperatorError
}

/** Derives the key when it is first needed, and only then asks for SECRET_KEY. */
export interface Keyring {
  unlock(): Promise<Credentials>
  /** Overwrites the key in memory. */
  close(): void
}

export function createKeyring(keyProvider: () => string): Keyring {
  let key: FernetKey | null = null
  let unlocked: Promise<Credentials> | null = null
  const derive = async () => {
    const secretKey = keyProvider()
    key = await deriveKey(secretKey)
    return createCredentials(key, secretKey.endsWith('\n'))
  }
  return {
    unlock() {
      unlocked ??= derive().catch((error: unknown) => {
        // A key that was missing may be there at the next attempt.
        unlocked = null
        throw error
      })
      return unlocked
    },
    close() {
      if (key) forgetKey(key)
      unlocked = null
    },
  }
}

function createCredentials(key: FernetKey, endsWithNewline: boolean): Credentials {
  const mismatch = (subject: string) =>
    new OperatorError(
      'SECRET_KEY_MISMATCH',
      `The secret key does not open ${subject}: they were encrypted with another one.`,
      endsWithNewline
        ? 'The secret key in use ends in a newline, which counts as a part of it: remove it from the key file, ' +
            'or give the SECRET_KEY of this Mathesar with --secret-key-file.'
        : 'Give the SECRET_KEY of this Mathesar with --secret-key-file; if its file ends in a newline, the ' +
            'newline is a part of it. The flag --verbose shows where the key came from.',
      { data: { keyEndsWithNewline: endsWithNewline } },
    )
  const credentialsOf = (name: string) => `the credentials stored for ${JSON.stringify(name)}`
  return {
    seal: (plaintext) => encrypt(plaintext ?? '', key),
    reveal(stored, name) {
      const opened = open(stored, key)
      if (opened.state === 'does not open') throw mismatch(credentialsOf(name))
      return opened.state === 'opens' ? opened.plaintext : stored
    },
    revealAll(stored, nameAt) {
      return openAll(stored, key).map((opened, index) => {
        if (opened.state === 'does not open') throw mismatch(credentialsOf(nameAt(index)))
        return opened.state === 'opens' ? opened.plaintext : (stored[index] ?? '')
      })
    },
    opens(stored) {
      if (!looksLikeToken(stored)) return null
      const { state } = open(stored, key)
      return state === 'plain text' ? null : state === 'opens'
    },
    mismatch,
  }
}
