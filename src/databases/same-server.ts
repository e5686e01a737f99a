import { OperatorError } from '../errors.ts'
import { isSameServer } from '../postgres/checks.ts'
import { areOneLoopback } from '../postgres/describe.ts'
import { addressOf, areIndistinct } from '../postgres/destination.ts'
import { readServerFacts } from '../postgres/facts.ts'
import type { ConnectionSettings, DatabaseIdentity } from '../postgres/types.ts'
import type { Store, StoredServer } from '../store/types.ts'
import { DEFAULT_CONNECT_TIMEOUT_MS, type RunOptions } from './events.ts'
import { MOST_CONNECTIONS, mapConcurrently } from './map-concurrently.ts'
import { isOneServer, type ServerLogin } from './one-server.ts'
import { withOpen, withStoredPassword } from './open.ts'

/** What a port means that Mathesar does not store. */
const DEFAULT_PORT = 5432

/** The time limit for each stored server in milliseconds. */
const COMPARE_TIMEOUT_MS = 3_000

/** How many databases of a stored server are tried: the first may have been dropped. */
const TRIED_DATABASES = 2

type Address = Pick<ConnectionSettings, 'host' | 'port'>

/** Returns the host and port by which a stored server is reached. */
export function storedAddress({ host, port }: StoredServer): Address {
  return { host, port: port ?? DEFAULT_PORT }
}

/** Returns the stored server that is spelled like a connection; `null` if there is none. */
export function findSpelled(servers: readonly StoredServer[], address: Address): StoredServer | null {
  return servers.find((server) => isSpelledLike(server, address)) ?? null
}

export function isSpelledLike(server: StoredServer, { host, port }: Address): boolean {
  return server.host === host && (server.port ?? DEFAULT_PORT) === port
}

/** A stored server that may be the one that a connection leads to, under another spelling. */
export interface OtherSpelling {
  server: StoredServer
  /** `isOneServer` proves it, so that credentials may go there. Otherwise only the server reports it. */
  isProved: boolean
}

/**
 * Returns the stored server that a connection leads to though its row spells the server otherwise; one that
 * only may be it, if none is proved. Connects as a stored role. `null` if there is none. Never reports that a
 * server can't be reached; one on this machine then may be the same if its port is.
 *
 * Errors: those of the store; the signal's reason.
 */
export async function findSameServer(
  store: Store,
  login: ServerLogin,
  identity: DatabaseIdentity,
  options: RunOptions & { isInContainer: boolean },
): Promise<OtherSpelling | null> {
  const { settings } = login
  const servers = (await store.servers()).filter(
    (server) => !isSpelledLike(server, settings) && mayBeSame(server, settings, options),
  )
  const verdicts = await mapConcurrently(servers, MOST_CONNECTIONS, (server) =>
    compare(store, server, login, identity, options),
  )
  const found = servers.flatMap((server, index) => {
    const verdict = verdicts[index]
    return verdict === undefined || verdict === 'other' ? [] : [{ server, isProved: verdict === 'proved' }]
  })
  return found.find(({ isProved }) => isProved) ?? found[0] ?? null
}

function mayBeSame(server: StoredServer, address: Address, { addresses }: RunOptions): boolean {
  const { host, port } = address
  if (areIndistinct(storedAddress(server), address, addresses)) return false
  const isMapped = [server.host, host].some((name) => addressOf(addresses, name) !== undefined)
  return isMapped || (server.port ?? DEFAULT_PORT) === port
}

async function compare(
  store: Store,
  server: StoredServer,
  login: ServerLogin,
  identity: DatabaseIdentity,
  options: RunOptions & { isInContainer: boolean },
): Promise<'proved' | 'reported' | 'other'> {
  const { host, port } = login.settings
  for (const name of server.databases.slice(0, TRIED_DATABASES)) {
    const stored = await readIdentity(store, name, options)
    if (stored === null) continue
    if (!isSameServer(stored.identity, identity)) return 'other'
    return (await isOneServer({ settings: stored.settings }, login, stored.limited)) ? 'proved' : 'reported'
  }
  // A container's own loopback address is another one than that of this machine.
  const isHere = areOneLoopback(server.host, host) && !options.isInContainer
  return isHere && (server.port ?? DEFAULT_PORT) === port ? 'reported' : 'other'
}

/** What a stored server reports, and how it was reached. */
interface StoredIdentity {
  identity: DatabaseIdentity
  settings: ConnectionSettings
  limited: RunOptions
}

/** Returns `null` if nobody can be asked. */
async function readIdentity(store: Store, name: string, options: RunOptions): Promise<StoredIdentity | null> {
  const { onProgress: _quiet, connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, ...rest } = options
  try {
    const settings = await store.settings(name)
    if (settings.user === '') return null
    const limited = withStoredPassword({
      ...rest,
      connectTimeoutMs: Math.min(connectTimeoutMs, COMPARE_TIMEOUT_MS),
    })
    const { identity } = await withOpen(settings, limited, readServerFacts)
    return { identity, settings, limited }
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return null
  }
}
