import { OperatorError } from '../../errors.ts'
import type { SchemaSource, VersionedRemover } from '../../schema/sources/types.ts'
import type { Store } from '../../store/types.ts'
import type { Invocation } from '../invocation.ts'
import { findSchemaSource } from './schema-source.ts'

/** Returns the removal function of a source with its version; `null` if it has none. */
export function removerOf(source: SchemaSource | null): VersionedRemover | null {
  return source?.remover ? { ...source.remover, version: source.version } : null
}

/**
 * Returns the removal function of the release that is on this machine, for a database of a Mathesar of 0.2.0
 * or later; `null` if none is, since a removal does without. Downloads nothing. Errors: the reason of the
 * signal.
 */
export async function removerAtHand(
  invocation: Pick<Invocation, 'globals' | 'env' | 'terminal' | 'signal'>,
  store: Pick<Store, 'capabilities' | 'mathesar'>,
): Promise<VersionedRemover | null> {
  const { config } = invocation.globals
  const isDownload = config.release !== undefined && config['schema-source'] === undefined
  if (store.capabilities.generation !== 'modern' || isDownload) return null
  try {
    return removerOf((await findSchemaSource(invocation, {}, store)).source)
  } catch (error) {
    if (!(error instanceof OperatorError) || invocation.signal.aborted) throw error
    return null
  }
}
