import type { NamedCredential, RotationPlan } from '../../../../databases/rotate-key/index.ts'
import type { Store } from '../../../../store/types.ts'
import { listed } from '../../../render/listed.ts'
import { quotedName } from '../../../render/printable.ts'
import { quantity } from '../../../render/quantity.ts'

const NOUNS = {
  database: 'stored database',
  role: 'role',
  downloadLink: 'download link',
  operation: 'recorded operation',
} as const satisfies Record<NamedCredential['kind'], string>

/** Returns numbers of credentials in words; empty if there are none. */
export function creditText(counts: RotationPlan['reencrypts']): string {
  const kinds = Object.keys(NOUNS) as NamedCredential['kind'][]
  return listed(kinds.flatMap((kind) => (counts[kind] ? [quantity(counts[kind], NOUNS[kind])] : [])))
}

/** Returns a credential in words: `role "ann@db:5432" (library)`. */
export function credentialText({ kind, name, databases = [] }: NamedCredential): string {
  const users = databases.length === 0 ? '' : ` (${databases.map(quotedName).join(', ')})`
  return `${NOUNS[kind]} ${kind === 'downloadLink' ? name : quotedName(name)}${users}`
}

/** Returns the rows of the summary before the confirmation. */
export function planRows(
  plan: RotationPlan,
  { location, capabilities }: Pick<Store, 'location' | 'capabilities'>,
): (readonly [label: string, value: string])[] {
  const { reencrypts, current, unopened, plainText, newKeyFile, isKeyThere, isHeld, keyFiles } = plan
  const newKey = isHeld
    ? 'the one in the settings'
    : `${newKeyFile} (${isKeyThere ? 'already there' : 'new'})`
  const list = (label: string, credentials: readonly NamedCredential[]) =>
    credentials.length === 0 ? [] : [[label, credentials.map(credentialText).join(', ')] as const]
  return [
    ['Internal database', location],
    ['Re-encrypts', creditText(reencrypts) || 'nothing'],
    ...(current > 0 ? [['Under the new key', quantity(current, 'credential')] as const] : []),
    ...list('No key opens', unopened),
    ...list('Not encrypted', plainText),
    ['New key', newKey],
    ...keyFiles.map(
      (path) => ['Replaces', `${path} (others that read it need the old key from its copy)`] as const,
    ),
    ...(capabilities.isMathesars && plan.state !== 'finishing'
      ? [['Then', 'set the new key and restart Mathesar, which ends all web sessions'] as const]
      : []),
  ]
}
