import type { Store } from '../../store/types.ts'
import type { Invocation } from '../invocation.ts'
import { BUNDLED } from './bundled.ts'
import { type FoundTree, findReleaseTrees } from './discovery/release-trees.ts'

type Run = Pick<Invocation, 'globals' | 'env'>

/** Returns the trees of releases on this machine that may belong to the Mathesar in use. */
export function treesAtHand({ globals: { live, internalDb }, env }: Run): FoundTree[] {
  return findReleaseTrees({
    envFile: live?.envFile ?? null,
    isEnvFileNamed: internalDb.trust.named,
    isInContainer: live?.isInContainer === true,
    env,
  })
}

/**
 * Returns whether a command finds the SQL that the Mathesar of a store needs without flags that name it, as
 * far as that shows without reading it.
 */
export function isSourceAtHand(run: Run, { capabilities }: Pick<Store, 'capabilities'>): boolean {
  if (capabilities.generation !== 'modern') return true
  const { 'schema-source': path, release } = run.globals.config
  if (path !== undefined) return path !== BUNDLED
  return release !== undefined || treesAtHand(run).length > 0
}
