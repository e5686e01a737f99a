import { findComposeProject } from '../../../../databases/interface/compose.ts'
import { addressOf, areOneLoopback } from '../../../../databases/interface/loopback.ts'
import { OperatorError } from '../../../../errors.ts'
import type { ConnectionSettings } from '../../../../postgres/types.ts'
import type { Invocation } from '../../../invocation.ts'
import { type LiveMathesar, liveFromEnvFile } from '../../../settings/live.ts'
import { knownSettings } from '../../../settings/live-options.ts'

/** Whose Mathesar's `.env` file the settings name. */
export interface FilesOwner {
  /** `this`: it has the internal database of this run; `null` where the file does not show that. */
  kind: 'this' | 'other' | null
  /** The internal database that the file names; `null` if it names none. */
  location: string | null
}

/** Returns whose Mathesar's `.env` file the settings name, as the internal databases state that they name. */
export function filesOwner({ globals, env }: Pick<Invocation, 'globals' | 'env'>): FilesOwner {
  const { live, addresses } = globals
  const envFile = live === null ? globals.envFile : live.envFile
  if (!envFile) return { kind: null, location: null }
  if (live?.isNamedByFile) return { kind: 'this', location: live.location }
  const named = namedBy(envFile, env)
  if (named === null) return { kind: null, location: null }
  const { location } = named
  const candidates = [named.settings, ...named.others].flatMap((settings) => [
    settings,
    ...publishedSettings(envFile, settings),
    ...reachedSettings(addresses, settings),
  ])
  const isThis = live !== null && candidates.some((one) => isOneDatabase(one, knownSettings(live)))
  return { kind: isThis ? 'this' : 'other', location }
}

function namedBy(envFile: string, env: NodeJS.ProcessEnv): LiveMathesar | null {
  try {
    return liveFromEnvFile(envFile, { env, envFile, isEnvFileNamed: true })
  } catch (error) {
    if (error instanceof OperatorError) return null
    throw error
  }
}

/** Returns the settings by which this machine reaches a service of the Compose project of an `.env` file. */
function publishedSettings(envFile: string, settings: ConnectionSettings): ConnectionSettings[] {
  const peer = findComposeProject(envFile)?.peers.get(settings.host)
  const published = peer?.published.get(settings.port)
  return published === undefined ? [] : [{ ...settings, host: published.address, port: published.port }]
}

function reachedSettings(
  addresses: Invocation['globals']['addresses'],
  settings: ConnectionSettings,
): ConnectionSettings[] {
  const reached = addressOf(addresses, settings.host)
  if (!reached) return []
  return [{ ...settings, host: reached.address, port: reached.port ?? settings.port }]
}

function isOneDatabase(one: ConnectionSettings, other: ConnectionSettings): boolean {
  const isOneHost =
    one.host.toLowerCase() === other.host.toLowerCase() || areOneLoopback(one.host, other.host)
  return isOneHost && one.port === other.port && one.database === other.database
}
