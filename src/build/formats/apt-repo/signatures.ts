import { runProgram } from '../../programs/run-program.ts'
import type { ProgramContext } from '../../types.ts'
import { keyError, ownWords } from './gpg-keys.ts'

/** Names a file with the passphrase of the key: no flag takes its text. */
export const PASSPHRASE_FILE = 'MATHESARCTL_SIGN_PASSPHRASE_FILE'

/** A key that signs. */
export interface SigningKey {
  /** Of the primary key, which is what people compare. */
  readonly fingerprint: string
  /** What --local-user is given. */
  readonly user: string
  /** Seconds since 1970; `null`: never. */
  readonly expires: number | null
}

/** The text with its signature around it: InRelease. Errors: `USAGE` where the key can't be used. */
export function clearSign(
  text: string,
  key: SigningKey,
  date: number,
  context: ProgramContext,
): Promise<Buffer> {
  return sign(['--clearsign'], text, key, date, context)
}

/** The signature alone: Release.gpg. */
export function detachedSignature(
  text: string,
  key: SigningKey,
  date: number,
  context: ProgramContext,
): Promise<Buffer> {
  return sign(['--armor', '--detach-sign'], text, key, date, context)
}

/** The public key as apt reads it from a file. */
export function publicKey({ fingerprint }: SigningKey, context: ProgramContext): Promise<Buffer> {
  return runProgram(
    'gpg',
    // The operator's own options may want armour, which apt takes for no keyring in a file of this name.
    { args: ['--batch', '--no-armor', '--export-options', 'export-minimal', '--export', fingerprint] },
    context,
  )
}

/**
 * The fingerprints of the primary keys that have signed a clear-signed message; of none where a signature is wrong, was made by a
 * key that is revoked, or by one that gpg does not know. A key that has expired since counts.
 *
 * @param date the time at which it is verified, in seconds since 1970
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

/** The signature has the time of the index; ed25519 and RSA then give the same bytes each time. */
async function sign(
  how: readonly string[],
  text: string,
  { user }: SigningKey,
  date: number,
  context: ProgramContext,
): Promise<Buffer> {
  const file = context.env[PASSPHRASE_FILE]
  const passphrase = file ? ['--pinentry-mode', 'loopback', '--passphrase-file', file] : []
  const time = ['--faked-system-time', `${date}!`]
  const plain = ['--no-comments', '--no-emit-version', '--digest-algo', 'SHA512']
  const args = ['--batch', '--yes', ...passphrase, ...time, ...plain, '--local-user', user, ...how]
  try {
    return await runProgram('gpg', { args, input: text }, context)
  } catch (error) {
    context.signal?.throwIfAborted()
    throw signError(user, error instanceof Error ? error.message : String(error), file)
  }
}

function signError(user: string, said: string, file: string | undefined) {
  if (/bad passphrase/i.test(said)) {
    return keyError(
      `The passphrase in ${file ?? 'gpg-agent'} does not open the key ${user}.`,
      `Put the right one into the first line of the file that ${PASSPHRASE_FILE} names.`,
    )
  }
  if (
    /pinentry|inappropriate ioctl|no passphrase|operation cancelled|timeout|no such file or directory/i.test(
      said,
    )
  ) {
    return keyError(
      `The passphrase of the key ${user} can't be obtained.`,
      `Name a file with it in the environment variable ${PASSPHRASE_FILE}, or let gpg-agent ask for it: export GPG_TTY=$(tty).`,
    )
  }
  return keyError(`gpg does not sign with the key ${user}.`, `It says: ${ownWords(said)}`)
}
