import { mayWorkIn } from '../../databases/interface/schema-source.ts'
import { OperatorError } from '../../errors.ts'
import type { Store } from '../../store/types.ts'
import type { Invocation } from '../invocation.ts'
import { findSchemaSource } from './schema-source.ts'

/**
 * Returns the version of the Mathesar of a store of 0.2.0 or later, by the tree of its release that is on
 * this machine; `null` if none is, or one that waits for its Mathesar to be restarted. Downloads nothing.
 * Errors: the reason of the signal.
 */
export async function neededVersion(
  invocation: Pick<Invocation, 'globals' | 'env' | 'terminal' | 'signal'>,
  store: Pick<Store, 'capabilities' | 'mathesar'>,
): Promise<string | null> {
  const { config } = invocation.globals
  const isDownload = config.release !== undefined && config['schema-source'] === undefined
  if (store.capabilities.generation !== 'modern' || isDownload) return null
  const releases = store.mathesar?.releases ?? null
  try {
    const { version } = (await findSchemaSource(invocation, {}, store)).source
    return releases === null || mayWorkIn(version, releases) ? version : null
  } catch (error) {
    if (!(error instanceof OperatorError) || invocation.signal.aborted) throw error
    return null
  }
}
