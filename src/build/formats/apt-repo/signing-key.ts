import { runProgram } from '../../programs/run-program.ts'
import type { ProgramContext } from '../../types.ts'
import { iso, keyError, type SecretKey, secretKeys } from './gpg-keys.ts'
import { clearSign, type SigningKey } from './signatures.ts'

const DAY = 24 * 60 * 60

/**
 * Finds the key and proves by a signature that it signs, before anything is written.
 *
 * @param wish what `gpg --local-user` takes
 * @param date the time of the signatures to come, in seconds since 1970
 * Errors: `USAGE` if there is none, several, or one that can't sign or that apt would not trust.
 */
export async function signingKey(wish: string, date: number, context: ProgramContext): Promise<SigningKey> {
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

/** How many days a key has left; `null`: it never expires. */
export function daysLeft({ expires }: SigningKey, now: number): number | null {
  return expires === null ? null : Math.floor((expires - now) / DAY)
}

async function packetsOf(fingerprint: string, context: ProgramContext): Promise<string> {
  const exported = await runProgram('gpg', { args: ['--batch', '--export', fingerprint] }, context)
  const listed = await runProgram('gpg', { args: ['--batch', '--list-packets'], input: exported }, context)
  return listed.toString('utf8')
}

/**
 * Whether the newest of the key’s signatures on its own names, or on the subkey that signs, is by MD5 or SHA-1: gpg and older
 * apts let that pass, and sqv, which apt asks since Debian 13, does not.
 */
function boundBySha1(packets: string, { fingerprint, signer }: SecretKey): boolean {
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
