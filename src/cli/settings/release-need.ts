import {
  type ComposeProject,
  findComposeProject,
  loadComposeParser,
} from '../../databases/interface/compose.ts'
import { OperatorError } from '../../errors.ts'
import type { Store } from '../../store/types.ts'
import type { Globals } from './globals.ts'
import type { ReleaseNeed } from './release-missing.ts'

/** Returns what is known of the Mathesar of the store, whose release's SQL is needed. */
export async function releaseNeed(
  { live }: Pick<Globals, 'live'>,
  store: Pick<Store, 'mathesar'> | null,
): Promise<ReleaseNeed> {
  return {
    releases: store?.mathesar?.releases ?? null,
    project: live?.envFile ? await projectOf(live.envFile) : null,
    isInContainer: live?.isInContainer === true,
  }
}

async function projectOf(envFile: string): Promise<ComposeProject | null> {
  await loadComposeParser()
  try {
    return findComposeProject(envFile)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return null
  }
}
