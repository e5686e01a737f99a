import { runProgram } from '../../programs/run-program.ts'
import type { ProgramContext } from '../../types.ts'
import { gpgMessage, keyError } from './gpg-keys.ts'

/** Names a file with the passphrase of the key: no flag accepts its text. */
const PASSPHRASE_FILE = 'MATHESARCTL_SIGN_PASSPHRASE_FILE'

/** What gpg writes where it can't ask for the passphrase. */
const NO_PASSPHRASE =
  /pinentry|inappropriate ioctl|no passphrase|operation cancelled|timeout|no such file or directory/i

/** A key that signs. */
export interface SigningKey {
  /** Of the primary key, which is what people compare. */
  readonly fingerprint: string
  /** The value for gpg's --local-user. */
  readonly user: string
  /** Seconds since 1970; `null`: never. */
  readonly expires: number | null
}

/**
 * Returns a text with its signature around it, as in InRelease.
 *
 * Errors: `USAGE` if gpg can't use the key.
 *
 * @param date the time of the signature, in seconds since 1970
 */
export function clearSign(
  text: string,
  key: SigningKey,
  date: number,
  context: ProgramContext,
): Promise<Buffer> {
  return sign(['--clearsign'], text, key, date, context)
}

/** Returns the signature alone, as in Release.gpg. Parameters and errors are those of clearSign. */
export function detachedSignature(
  text: string,
  key: SigningKey,
  date: number,
  context: ProgramContext,
): Promise<Buffer> {
  return sign(['--armor', '--detach-sign'], text, key, date, context)
}

/** Returns the public key as apt reads it from a file. */
export function publicKey({ fingerprint }: SigningKey, context: ProgramContext): Promise<Buffer> {
  return runProgram(
    'gpg',
    // The operator's own options may ask for armor, and apt reads no armored keyring from a file of this
    // name.
    { args: ['--batch', '--no-armor', '--export-options', 'export-minimal', '--export', fingerprint] },
    context,
  )
}

/**
 * Returns the fingerprints of the primary keys that signed a clear-signed message; none if one of the
 * signatures is wrong, or is by a key that was revoked or that gpg does not know. A key that has expired
 * since still counts.
 *
 * @param date the time at which gpg verifies, in seconds since 1970
 */
export async function signersOf(message: string, date: number, context: ProgramContext): Promise<string[]> {
  const args = ['--batch', '--no-auto-key-retrieve', '--faked-system-time', `${date}!`, '--status-fd', '1']
  const status = await runProgram('gpg', { args: [...args, '--verify'], input: message }, context).then(
    (output) => output.toString('utf8'),
    () => {
      context.signal?.throwIfAborted()
      return ''
    },
  )
  if (/^\[GNUPG:\] (?:REVKEYSIG|BADSIG|ERRSIG) /m.test(status)) return []
  return [...status.matchAll(/^\[GNUPG:\] VALIDSIG .* ([0-9A-F]{40,64})$/gm)].map(([, signer = '']) => signer)
}

/**
 * The signature has the time of the index, with which ed25519 and RSA produce the same bytes each
 * time.
 */
async function sign(
  mode: readonly string[],
  text: string,
  { user }: SigningKey,
  date: number,
  context: ProgramContext,
): Promise<Buffer> {
  const file = context.env[PASSPHRASE_FILE]
  const passphrase = file ? ['--pinentry-mode', 'loopback', '--passphrase-file', file] : []
  const time = ['--faked-system-time', `${date}!`]
  const plain = ['--no-comments', '--no-emit-version', '--digest-algo', 'SHA512']
  const args = ['--batch', '--yes', ...passphrase, ...time, ...plain, '--local-user', user, ...mode]
  try {
    return await runProgram('gpg', { args, input: text }, context)
  } catch (error) {
    context.signal?.throwIfAborted()
    throw signError(user, error instanceof Error ? error.message : String(error), file)
  }
}

function signError(user: string, message: string, passphraseFile: string | undefined) {
  if (/bad passphrase/i.test(message)) {
    return keyError(
      `The passphrase in ${passphraseFile ?? 'gpg-agent'} does not open the key ${user}.`,
      `Write the right one into the first line of the file that ${PASSPHRASE_FILE} names.`,
    )
  }
  if (NO_PASSPHRASE.test(message)) {
    return keyError(
      `gpg can't obtain the passphrase of the key ${user}.`,
      `Name a file with it in the environment variable ${PASSPHRASE_FILE}, or let gpg-agent ask for it: ` +
        'export GPG_TTY=$(tty).',
    )
  }
  return keyError(`gpg does not sign with the key ${user}.`, `gpg reports: ${gpgMessage(message)}`)
}
