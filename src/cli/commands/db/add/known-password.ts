import { DEFAULT_SETTINGS, lookUpPassword } from '../../../../databases/interface/connection-settings.ts'
import { isSpelledLike } from '../../../../databases/same-server.ts'
import { isSameTarget } from '../../../../databases/same-settings.ts'
import { homeDirectory } from '../../../../files/home-directory.ts'
import type { StoredServer } from '../../../../store/types.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import type { AddDraft, AskContext, TracedPassword } from './draft.ts'

const STORED: TracedPassword = { password: null, source: 'stored', passwordSource: null }

/**
 * Returns the password of the command line or the environment, or that of the stored database; `null` if
 * there is none, or if the password file has it: which line applies depends on the other values.
 */
export function givenPassword({
  values,
  sources,
  passwordSource,
}: Pick<GivenConnection, 'values' | 'sources' | 'passwordSource'>): TracedPassword | null {
  const { password: source } = sources
  if (source === 'stored') return STORED
  if (!values.password || source === undefined || source === 'password file') return null
  return { password: values.password, source, passwordSource }
}

/** Returns the stored server that the values of a connection name. */
export function findServer(
  servers: readonly StoredServer[],
  { host = DEFAULT_SETTINGS.host, port = DEFAULT_SETTINGS.port }: GivenConnection['values'],
): StoredServer | undefined {
  return servers.find((server) => isSpelledLike(server, { host, port }))
}

/**
 * Returns the password that the draft has if the operator types none: the given one, that of the password
 * file, the stored one if the target is a stored database or a stored role, or the one that was typed before.
 */
export async function knownPassword(
  { name, connection, given }: AddDraft,
  { env, storedNames, servers, find }: Pick<AskContext, 'env' | 'storedNames' | 'servers' | 'find'>,
): Promise<TracedPassword | null> {
  const isStored = storedNames.includes(name)
  if (given !== null && (given.source !== 'stored' || isStored)) return given
  const { values, sources, passfile, passwordSource } = connection
  const found = lookUpPassword(values, env, homeDirectory(env), passfile)
  if (found.password !== null) {
    return { password: found.password, source: 'password file', passwordSource: found.source }
  }
  const stored = isStored ? await find(name) : null
  if (stored !== null && isSameTarget(stored, { ...DEFAULT_SETTINGS, database: '', user: '', ...values })) {
    return STORED
  }
  const server = findServer(servers, values)
  // A role of a server has one password for all of its databases.
  if (server && server.databases.length > 0 && server.roles.includes(values.user ?? '')) return STORED
  if (!values.password || sources.password !== 'prompt') return null
  return { password: values.password, source: 'prompt', passwordSource }
}
