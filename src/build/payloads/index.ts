import { usageError } from '../../errors.ts'
import { isCheckout } from './mathesarctl/checkout.ts'
import { mathesarctlPayload } from './mathesarctl/index.ts'
import type { Payload } from './types.ts'

/** A kind of payload: it knows the source trees that it can pack. */
interface PayloadKind {
  readonly name: string
  /** Returns whether a directory is a source tree of this kind. */
  isSourceTree(tree: string): boolean
  /** Reads the payload from a source tree. */
  open(env: NodeJS.ProcessEnv, tree: string): Payload
}

/** All kinds of payloads. */
export const PAYLOADS: readonly PayloadKind[] = [
  { name: 'mathesarctl', isSourceTree: isCheckout, open: mathesarctlPayload },
]

/**
 * Returns the payload of a source tree; without one, this tool itself from the checkout that runs.
 *
 * Errors: `USAGE` if no kind of payload recognizes the tree, or if this tool runs from an installed package.
 */
export function payloadFrom(env: NodeJS.ProcessEnv, tree: string | null = null): Payload {
  if (tree === null) return mathesarctlPayload(env)
  const kind = PAYLOADS.find((one) => one.isSourceTree(tree))
  if (kind) return kind.open(env, tree)
  throw usageError(
    `${tree} is not a source tree that packages can be built from.`,
    `Name a checkout of ${PAYLOADS.map(({ name }) => name).join(' or ')} in which its own build ran.`,
    'source',
  )
}
