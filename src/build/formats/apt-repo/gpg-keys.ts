import { existsSync } from 'node:fs'
import { usageError } from '../../../errors.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { ProgramContext } from '../../types.ts'

export interface SecretKey {
  fingerprint: string
  /** The long identifier of the key or subkey that signs. */
  signer: string
  created: number
  expires: number | null
  /** Completes "The key …"; `null` where it can sign. */
  refusal: string | null
}

export async function secretKeys(wish: string, context: ProgramContext): Promise<SecretKey[]> {
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
function noKeyError(wish: string, said: string, { env }: ProgramContext) {
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
function describeKey(records: readonly string[][]): SecretKey {
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

export async function hasSecretKey(fingerprint: string, context: ProgramContext): Promise<boolean> {
  return await secretKeys(fingerprint, context).then(
    () => true,
    () => {
      context.signal?.throwIfAborted()
      return false
    },
  )
}

/** What gpg says but that its time is not the clock's, which is our own doing. */
export function ownWords(said: string): string {
  return said
    .split('\n')
    .map((line) => line.replace(/^(gpg ended with \S+: )?gpg: /, ''))
    .filter((line) => !/faked system time/.test(line))
    .join(' ')
}

function colonRecords(output: Buffer): string[][] {
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'))
}

export function iso(epoch: number): string {
  return new Date(epoch * 1000).toISOString().slice(0, 16).replace('T', ' ')
}

export function keyError(message: string, hint: string) {
  return usageError(message, hint, 'sign-key')
}
