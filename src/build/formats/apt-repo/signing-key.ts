import { runProgram } from '../../programs/run-program.ts'
import type { ProgramContext } from '../../types.ts'
import { isoMinutes, keyError, type SecretKey, secretKeys } from './gpg-keys.ts'
import { clearSign, type SigningKey } from './signatures.ts'

const DAY = 24 * 60 * 60

/**
 * Finds the key and proves by a signature that it signs, before anything is written.
 *
 * Errors: `USAGE` if gpg has no such key, several, or one that can't sign or that apt would not trust.
 *
 * @param user whatever `gpg --local-user` takes
 * @param date the time of the signatures to come, in seconds since 1970
 */
export async function signingKey(user: string, date: number, context: ProgramContext): Promise<SigningKey> {
  const secretKey = onlyUsable(user, await secretKeys(user, context))
  const { fingerprint, expires, created } = secretKey
  if (created > date) {
    throw keyError(
      `The key ${fingerprint} is younger than the signature, whose time would be ${isoMinutes(date)}.`,
      'Set SOURCE_DATE_EPOCH to a later time, or unset it.',
    )
  }
  if (isBoundBySha1(await packetsOf(fingerprint, context), secretKey)) {
    throw keyError(
      `The signatures that bind the key ${fingerprint} together are by SHA-1, which the apt of Debian 13 ` +
        'does not trust.',
      `Let gpg sign it again: gpg --cert-digest-algo SHA256 --quick-set-expire ${fingerprint} 2y, and the ` +
        "same with '*' at its end for subkeys.",
    )
  }
  const key = { fingerprint, expires, user: user.endsWith('!') ? user : fingerprint }
  await clearSign('This key signs.\n', key, date, context)
  return key
}

/** Returns how many days a key has left at a time in seconds since 1970; `null`: it never expires. */
export function daysLeft({ expires }: SigningKey, now: number): number | null {
  return expires === null ? null : Math.floor((expires - now) / DAY)
}

function onlyUsable(user: string, keys: readonly SecretKey[]): SecretKey {
  const usable = keys.filter(({ refusal }) => refusal === null)
  const [key] = usable
  if (key === undefined) {
    const [only] = keys
    throw keys.length === 1 && only
      ? keyError(
          `The key ${only.fingerprint} ${only.refusal}.`,
          'Name another key, or renew this one with gpg --quick-set-expire.',
        )
      : keyError(
          `None of the ${keys.length} keys of "${user}" can sign.`,
          'gpg --list-secret-keys shows why.',
        )
  }
  if (usable.length > 1) {
    const fingerprints = usable.map(({ fingerprint }) => fingerprint).join(', ')
    throw keyError(
      `"${user}" matches ${usable.length} keys: ${fingerprints}.`,
      'Name one of them by its fingerprint.',
    )
  }
  return key
}

async function packetsOf(fingerprint: string, context: ProgramContext): Promise<string> {
  const exported = await runProgram('gpg', { args: ['--batch', '--export', fingerprint] }, context)
  const listing = await runProgram('gpg', { args: ['--batch', '--list-packets'], input: exported }, context)
  return listing.toString('utf8')
}

/** A signature packet as gpg lists it: the key that signed, the time, the class, the digest algorithm. */
const SIGNATURE = new RegExp(
  '^:signature packet: algo \\d+, keyid ([0-9A-F]+)\\n' +
    '\\tversion \\d+, created (\\d+),.* sigclass 0x(\\w\\w)\\n\\tdigest algo (\\d+),',
  'gm',
)

/**
 * Returns whether the newest of the key's signatures on its own names, or on the subkey that signs, is by MD5
 * or SHA-1. gpg and older versions of apt accept that; sqv, which apt has used since Debian 13, does not.
 */
function isBoundBySha1(packets: string, { fingerprint, signer }: SecretKey): boolean {
  const weakNames: boolean[] = []
  let isSignerWeak = false
  // Each section of the listing begins with a key or a name, and contains the signatures on it.
  for (const section of packets.split(/^(?=:(?:public key|public sub key|user ID|attribute) packet:)/m)) {
    const own = [...section.matchAll(SIGNATURE)]
      .filter(([, by = '', , kind = '']) => fingerprint.endsWith(by) && /^1[01238f]$/.test(kind))
      .sort(([, , one], [, , other]) => Number(other) - Number(one))
    const [newest] = own
    if (!newest) continue
    const isWeak = Number(newest[4]) <= 2
    if (!section.startsWith(':public sub key')) weakNames.push(isWeak)
    else if (section.includes(`\tkeyid: ${signer}\n`)) isSignerWeak = isWeak
  }
  return isSignerWeak || (weakNames.length > 0 && weakNames.every((isWeak) => isWeak))
}
