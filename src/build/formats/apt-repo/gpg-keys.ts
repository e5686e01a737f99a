import { existsSync } from 'node:fs'
import { usageError } from '../../../errors.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { ProgramContext } from '../../types.ts'

/** A secret key of gpg's. */
export interface SecretKey {
  /** Of the primary key. */
  readonly fingerprint: string
  /** The long identifier of the key or subkey that signs. */
  readonly signer: string
  /** When the younger of both was created, in seconds since 1970. */
  readonly created: number
  /** When the first of both expires, in seconds since 1970; `null`: never. */
  readonly expires: number | null
  /** Completes "The key …"; `null` if it can sign. */
  readonly refusal: string | null
}

/**
 * Lists the secret keys of a user.
 *
 * @param user whatever `gpg --local-user` takes
 * Errors: `USAGE` if gpg has none.
 */
export async function secretKeys(user: string, context: ProgramContext): Promise<SecretKey[]> {
  if (user.trim() === '')
    throw keyError('The name of the key is empty.', 'Pass a fingerprint or an address to --sign-key.')
  const args = ['--batch', '--with-colons', '--list-secret-keys', '--', user.replace(/!$/, '')]
  const listing = await runProgram('gpg', { args }, context).catch((error: Error) => {
    context.signal?.throwIfAborted()
    throw noKeyError(user, gpgMessage(error.message), context)
  })
  const keys: string[][][] = []
  for (const record of colonRecords(listing)) {
    if (record[0] === 'sec') keys.push([record])
    else keys.at(-1)?.push(record)
  }
  return keys.map(describeKey)
}

/** Returns whether gpg has the secret half of a key. */
export async function hasSecretKey(fingerprint: string, context: ProgramContext): Promise<boolean> {
  return await secretKeys(fingerprint, context).then(
    () => true,
    () => {
      context.signal?.throwIfAborted()
      return false
    },
  )
}

/**
 * Returns gpg's message without its note that the time is not the clock's, which the build itself arranged.
 */
export function gpgMessage(output: string): string {
  return output
    .split('\n')
    .map((line) => line.replace(/^(gpg ended with \S+: )?gpg: /, ''))
    .filter((line) => !/faked system time/.test(line))
    .join(' ')
}

/** Returns the error about the key that signs. */
export function keyError(message: string, hint: string) {
  return usageError(message, hint, 'sign-key')
}

/** Returns a time, in seconds since 1970, as messages show it: `2026-11-29 12:00`. */
export function isoMinutes(epoch: number): string {
  return new Date(epoch * 1000).toISOString().slice(0, 16).replace('T', ' ')
}

/** gpg often lists no keys because it could not look for them. */
function noKeyError(user: string, message: string, { env }: ProgramContext) {
  const home = env.GNUPGHOME ? `The directory ${env.GNUPGHOME} of GNUPGHOME` : 'Its own directory'
  if (/directory does not exist|not a directory/i.test(message)) {
    return keyError(
      `gpg has no keys. ${home} is not a directory.`,
      'Set GNUPGHOME to the directory that has the keys.',
    )
  }
  if (/gpg-agent|no agent/i.test(message)) {
    return keyError(
      `gpg can't start its agent, which keeps the secret keys. ${home} contains the agent's socket.`,
      'The path of a socket has 107 characters at most: a shorter directory often helps. ' +
        `gpg reports: ${message}`,
    )
  }
  return keyError(
    `gpg has no secret key "${user}".`,
    existsSync(user)
      ? `That is a file: import it with gpg --import ${user}, and name the key by its fingerprint.`
      : `gpg --list-secret-keys lists those in GNUPGHOME. gpg reports: ${message}`,
  )
}

/** Reads the records of one key (GnuPG, doc/DETAILS). */
function describeKey(records: readonly string[][]): SecretKey {
  const primary = records[0] ?? []
  const fingerprint = records.find(([type]) => type === 'fpr')?.[9] ?? ''
  const isValid = (record: readonly string[]) => !/[erid]/.test(record[1] ?? '')
  const signers = records.filter(
    (record) => record[0] === 'ssb' && isValid(record) && record[11]?.includes('s'),
  )
  // gpg signs with the newest subkey that can sign, and with the primary key where none can.
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
  if (primary[1] === 'e') return `expired on ${isoMinutes(Number(primary[6]))}`
  if (primary[1] === 'r') return 'has been revoked'
  if (primary[11]?.includes('D')) return 'is disabled'
  if (!primary[11]?.includes('S')) return 'is not for signing, or its part that signs has expired'
  const [algorithm, bits] = [Number(signer[3]), Number(signer[2])]
  if (algorithm === 17) return 'is a DSA key, which apt does not trust'
  if (algorithm <= 3 && bits < 2048) return `has only ${bits} bits, which apt does not trust`
  return null
}

function colonRecords(output: Buffer): string[][] {
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'))
}
