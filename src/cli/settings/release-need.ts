import {
  type ComposeProject,
  composeFilesOf,
  findComposeProject,
  loadComposeParser,
} from '../../databases/interface/compose.ts'
import { OperatorError } from '../../errors.ts'
import type { Store } from '../../store/types.ts'
import type { Globals } from './globals.ts'
import type { LiveMathesar } from './live.ts'
import type { ReleaseNeed } from './release-missing.ts'

/** Returns what is known of the Mathesar of the store, whose release's SQL is needed. */
export async function releaseNeed(
  { live, files }: Pick<Globals, 'live' | 'files'>,
  store: Pick<Store, 'mathesar'> | null,
): Promise<ReleaseNeed> {
  return {
    releases: store?.mathesar?.releases ?? null,
    project: live && (await projectOf(live)),
    isInContainer: live?.isInContainer === true,
    configFile: files.config,
  }
}

/** Returns the project of the `.env` file, else that of the working directory if it runs this Mathesar. */
async function projectOf({ envFile, settings }: LiveMathesar): Promise<ComposeProject | null> {
  await loadComposeParser()
  if (envFile !== null) return readProject(envFile, true)
  const [file] = composeFilesOf(process.cwd(), {})
  const project = file === undefined ? null : readProject(file, false)
  const { POSTGRES_HOST: host, POSTGRES_DB: database } = project?.environment ?? {}
  return host === settings.host && database === settings.database ? project : null
}

function readProject(path: string, isNamed: boolean): ComposeProject | null {
  try {
    return findComposeProject(path, { isNamed })
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    return null
  }
}
