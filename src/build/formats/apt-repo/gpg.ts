import { existsSync } from 'node:fs'
import { usageError } from '../../../errors.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { BuildContext } from '../../types.ts'

/** Names a file with the passphrase of the key: no flag takes its text. */
export const PASSPHRASE_FILE = 'MATHESARCTL_SIGN_PASSPHRASE_FILE'

const DAY = 24 * 60 * 60

export type GpgContext = Pick<BuildContext, 'env' | 'signal'>

/** A key that signs. */
export interface SigningKey {
  /** Of the primary key, which is what people compare. */
  readonly fingerprint: string
  /** What --local-user is given. */
  readonly user: string
  /** Seconds since 1970; `null`: never. */
  readonly expires: number | null
}

/**
 * Finds the key and proves by a signature that it signs, before anything is written.
 *
 * @param wish what `gpg --local-user` takes
 * @param date the time of the signatures to come, in seconds since 1970
 * Errors: `USAGE` if there is none, several, or one that can't sign or that apt would not trust.
 */
export async function signingKey(wish: string, date: number, context: GpgContext): Promise<SigningKey> {
  const all = await secretKeys(wish, context)
  const usable = all.filter(({ refusal }) => refusal === null)
  const [found] = usable
  if (!found) {
    const [only] = all
    throw all.length === 1 && only
      ? keyError(
          `The key ${only.fingerprint} ${only.refusal}.`,
          'Name another key, or renew this one with gpg --quick-set-expire.',
        )
      : keyError(`None of the ${all.length} keys of "${wish}" can sign.`, 'gpg --list-secret-keys shows why.')
  }
  if (usable.length > 1) {
    throw keyError(
      `"${wish}" stands for ${usable.length} keys: ${usable.map(({ fingerprint }) => fingerprint).join(', ')}.`,
      'Name one of them by its fingerprint.',
    )
  }
  if (found.created > date) {
    throw keyError(
      `The key ${found.fingerprint} was made after the time that the signature would have, ${iso(date)}.`,
      'Set SOURCE_DATE_EPOCH to a later time, or leave it out.',
    )
  }
  const { fingerprint, expires } = found
  if (boundBySha1(await packetsOf(fingerprint, context), found)) {
    throw keyError(
      `What binds the key ${fingerprint} together is signed by SHA-1, which the apt of Debian 13 does not trust.`,
      `Have gpg sign it anew: gpg --cert-digest-algo SHA256 --quick-set-expire ${fingerprint} 2y, and the same with '*' at its end for subkeys.`,
    )
  }
  const key = { fingerprint, expires, user: wish.endsWith('!') ? wish : fingerprint }
  await clearSign('This key signs.\n', key, date, context)
  return key
}

/** The text with its signature around it: InRelease. Errors: `USAGE` where the key can't be used. */
export function clearSign(text: string, key: SigningKey, date: number, context: GpgContext): Promise<Buffer> {
  return sign(['--clearsign'], text, key, date, context)
}

/** The signature alone: Release.gpg. */
export function detachedSignature(
  text: string,
  key: SigningKey,
  date: number,
  context: GpgContext,
): Promise<Buffer> {
  return sign(['--armor', '--detach-sign'], text, key, date, context)
}

/** The public key as apt reads it from a file. */
export function publicKey({ fingerprint }: SigningKey, context: GpgContext): Promise<Buffer> {
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
export async function signersOf(message: string, date: number, context: GpgContext): Promise<string[]> {
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

export async function hasSecretKey(fingerprint: string, context: GpgContext): Promise<boolean> {
  return await secretKeys(fingerprint, context).then(
    () => true,
    () => {
      context.signal?.throwIfAborted()
      return false
    },
  )
}

/** The signature has the time of the index; ed25519 and RSA then give the same bytes each time. */
async function sign(
  how: readonly string[],
  text: string,
  { user }: SigningKey,
  date: number,
  context: GpgContext,
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

/** What gpg says but that its time is not the clock's, which is our own doing. */
function ownWords(said: string): string {
  return said
    .split('\n')
    .map((line) => line.replace(/^(gpg ended with \S+: )?gpg: /, ''))
    .filter((line) => !/faked system time/.test(line))
    .join(' ')
}

async function packetsOf(fingerprint: string, context: GpgContext): Promise<string> {
  const exported = await runProgram('gpg', { args: ['--batch', '--export', fingerprint] }, context)
  const listed = await runProgram('gpg', { args: ['--batch', '--list-packets'], input: exported }, context)
  return listed.toString('utf8')
}

/**
 * Whether the newest of the key’s signatures on its own names, or on the subkey that signs, is by MD5 or SHA-1: gpg and older
 * apts let that pass, and sqv, which apt asks since Debian 13, does not.
 */
function boundBySha1(packets: string, { fingerprint, signer }: FoundKey): boolean {
  const names: boolean[] = []
  let signerIsWeak = false
  // Each part comes with the signatures on it.
  for (const part of packets.split(/^(?=:(?:public key|public sub key|user ID|attribute) packet:)/m)) {
    const own = [
      ...part.matchAll(
        /^:signature packet: algo \d+, keyid ([0-9A-F]+)\n\tversion \d+, created (\d+),.* sigclass 0x(\w\w)\n\tdigest algo (\d+),/gm,
      ),
    ]
      .filter(([, by = '', , kind = '']) => fingerprint.endsWith(by) && /^1[01238f]$/.test(kind))
      .sort(([, , one], [, , other]) => Number(other) - Number(one))
    const [newest] = own
    if (!newest) continue
    const weak = Number(newest[4]) <= 2
    if (!part.startsWith(':public sub key')) names.push(weak)
    else if (part.includes(`\tkeyid: ${signer}\n`)) signerIsWeak = weak
  }
  return signerIsWeak || (names.length > 0 && names.every((weak) => weak))
}

interface FoundKey {
  fingerprint: string
  /** The long identifier of the key or subkey that signs. */
  signer: string
  created: number
  expires: number | null
  /** Completes "The key …"; `null` where it can sign. */
  refusal: string | null
}

async function secretKeys(wish: string, context: GpgContext): Promise<FoundKey[]> {
  if (wish.trim() === '')
    throw keyError('The name of the key is empty.', 'Give --sign-key a fingerprint or an address.')
  const args = ['--batch', '--with-colons', '--list-secret-keys', '--', wish.replace(/!$/, '')]
  const listed = await runProgram('gpg', { args }, context).catch((error: Error) => {
    context.signal?.throwIfAborted()
    throw noKeyError(wish, ownWords(error.message), context)
  })
  const keys: string[][][] = []
  for (const record of colonRecords(listed)) {
    if (record[0] === 'sec') keys.push([record])
    else keys.at(-1)?.push(record)
  }
  return keys.map(describeKey)
}

/** Why gpg shows no such key: often it could not look at all. */
function noKeyError(wish: string, said: string, { env }: GpgContext) {
  const home = env.GNUPGHOME ? `the directory ${env.GNUPGHOME} of GNUPGHOME` : 'its own directory'
  if (/directory does not exist|not a directory/i.test(said)) {
    return keyError(
      `gpg has no keys, for ${home} is none.`,
      'Set GNUPGHOME to the directory that has the keys.',
    )
  }
  if (/gpg-agent|no agent/i.test(said)) {
    return keyError(
      `gpg can’t start its agent, which keeps the secret keys, for ${home}.`,
      `Its socket is there, and the path of a socket has 107 characters at most: a shorter one often helps. It says: ${said}`,
    )
  }
  return keyError(
    `gpg has no secret key "${wish}".`,
    existsSync(wish)
      ? `That is a file: have gpg read it with gpg --import ${wish}, and name the key by its fingerprint.`
      : `gpg --list-secret-keys shows those that it has; it looks in GNUPGHOME. It says: ${said}`,
  )
}

/** Reads the records of one key (GnuPG, doc/DETAILS). */
function describeKey(records: readonly string[][]): FoundKey {
  const primary = records[0] ?? []
  const fingerprint = records.find(([type]) => type === 'fpr')?.[9] ?? ''
  const valid = (record: readonly string[]) => !/[erid]/.test(record[1] ?? '')
  const signers = records.filter(
    (record) => record[0] === 'ssb' && valid(record) && record[11]?.includes('s'),
  )
  // gpg takes the newest subkey that signs, and the primary key where there is none.
  const signer = signers.sort((one, other) => Number(other[5]) - Number(one[5]))[0] ?? primary
  const ends = [primary[6], signer[6]].filter((time) => time !== undefined && time !== '').map(Number)
  return {
    fingerprint,
    signer: signer[4] ?? '',
    created: Math.max(Number(primary[5]), Number(signer[5])),
    expires: ends.length === 0 ? null : Math.min(...ends),
    refusal: refusalOf(primary, signer),
  }
}

function refusalOf(primary: readonly string[], signer: readonly string[]): string | null {
  if (primary[1] === 'e') return `has expired on ${iso(Number(primary[6]))}`
  if (primary[1] === 'r') return 'has been revoked'
  if (primary[11]?.includes('D')) return 'is disabled'
  if (!primary[11]?.includes('S')) return 'is not for signing, or what signs in it has expired'
  const [algorithm, bits] = [Number(signer[3]), Number(signer[2])]
  if (algorithm === 17) return 'is a DSA key, which apt does not trust'
  if (algorithm <= 3 && bits < 2048) return `has only ${bits} bits, which apt does not trust`
  return null
}

/** How many days a key has left; `null`: it never expires. */
export function daysLeft({ expires }: SigningKey, now: number): number | null {
  return expires === null ? null : Math.floor((expires - now) / DAY)
}

function colonRecords(output: Buffer): string[][] {
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'))
}

function iso(epoch: number): string {
  return new Date(epoch * 1000).toISOString().slice(0, 16).replace('T', ' ')
}

function keyError(message: string, hint: string) {
  return usageError(message, hint, 'sign-key')
}
