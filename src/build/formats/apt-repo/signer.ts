import { usageError } from '../../../errors.ts'
import type { BuildContext } from '../../types.ts'
import { hasSecretKey } from './gpg-keys.ts'
import type { Published } from './published.ts'
import { type SigningKey, signersOf } from './signatures.ts'

interface ExistingRepository {
  readonly root: string
  readonly published: Published
  /** The key that signs next. */
  readonly key: SigningKey
  /** The time of the next index, in seconds since 1970. */
  readonly date: number
}

/**
 * Checks that this key signed the repository, or another key whose owner is the same. Otherwise anybody who
 * can write to the directory or the web server could put a package there and get it signed.
 *
 * Errors: `USAGE` if a stranger signed it.
 */
export async function checkSigner(
  { root, published, key: { fingerprint }, date }: ExistingRepository,
  context: BuildContext,
): Promise<void> {
  const signers = await signersOf(published.inRelease, date, context)
  if (signers.includes(fingerprint)) return
  for (const signer of signers) {
    if (!(await hasSecretKey(signer, context))) continue
    context.warn(
      `Another key signed the repository until now; ${fingerprint} is new.`,
      'apt refuses the repository on machines that have only the old key: ask their owners to download the ' +
        'keyring again.',
    )
    return
  }
  throw usageError(
    signers.length === 0
      ? `The repository in ${root} has no good signature by a key that gpg knows.`
      : `The key ${signers.join(', ')} signed the repository in ${root}, and gpg has no secret half of it.`,
    'Somebody else may have put packages there, and the run signs none of theirs. Restore what you ' +
      'published. ' +
      'If the previous key is lost, build the packages that you trust into another directory with --deb.',
    'out',
  )
}
