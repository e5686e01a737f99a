import { isSameServer } from '../../postgres/checks.ts'
import { isLoopback } from '../../postgres/describe.ts'
import { areIndistinct } from '../../postgres/destination.ts'
import type { ConnectionSettings, DatabaseIdentity, SslMode } from '../../postgres/types.ts'
import { SSL_MODES } from '../../postgres/types.ts'
import type { Store, StoredServer } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'
import { findSameServer, findSpelled, storedAddress } from '../same-server.ts'
import type { ProvedEntry } from './types.ts'

/** How the row of a server spells it, and its TLS mode. */
export type ServerSpelling = Pick<ConnectionSettings, 'host' | 'port'> & {
  sslmode: SslMode
  /** The server is stored already; otherwise this import stores it. */
  isStored: boolean
}

/** One spelling of a server in the source, and what it reports. */
interface SourceServer extends Pick<ConnectionSettings, 'host' | 'port'> {
  identity: DatabaseIdentity
  /** The ids of the rows that spell it so. */
  ids: readonly number[]
}

/**
 * Returns how the store spells the server of each entry, where databases share their servers: as it is stored
 * already, by what the servers report; otherwise entries of one server share one spelling. Errors: those of
 * the store; the reason of the signal.
 */
export async function spellServers(
  store: Store,
  proved: readonly ProvedEntry[],
  options: RunOptions & { isInContainer: boolean },
): Promise<Map<string, ServerSpelling>> {
  const spellings = new Map<string, ServerSpelling>()
  const { onProgress: _quiet, ...quiet } = options
  const stored = await store.servers()
  const unstored: SourceServer[] = []
  for (const [key, entries] of Map.groupBy(proved, ({ settings }) => serverKey(settings))) {
    const [{ settings, target }] = entries as [ProvedEntry]
    const { identity } = target.facts
    const server = findSpelled(stored, settings) ?? (await findSameServer(store, settings, identity, quiet))
    if (server === null) {
      const { host, port } = settings
      unstored.push({ host, port, identity, ids: entries.map(({ entry }) => entry.id) })
    } else spellings.set(key, spellingOf(server))
  }
  for (const server of unstored) {
    const { host, port } =
      unstored.filter((other) => isOneServer(server, other, options)).sort(preferred)[0] ?? server
    const modes = proved
      .filter(({ settings }) => serverKey(settings) === serverKey({ host, port }))
      .map(({ settings }) => settings.sslmode)
    spellings.set(serverKey(server), { host, port, sslmode: strictest(modes), isStored: false })
  }
  return spellings
}

/** Returns what entries of one spelling of a server have in common. */
export function serverKey({ host, port }: Pick<ConnectionSettings, 'host' | 'port'>): string {
  return JSON.stringify([host, port])
}

function spellingOf(server: StoredServer): ServerSpelling {
  return { ...storedAddress(server), sslmode: server.sslmode, isStored: true }
}

function isOneServer(a: SourceServer, b: SourceServer, { addresses }: RunOptions): boolean {
  return a.port === b.port && !areIndistinct(a, b, addresses) && isSameServer(a.identity, b.identity)
}

/**
 * Other machines reach a server by a name that does not mean the machine itself. Of several such names, most
 * rows have the first, or the oldest row has it.
 */
function preferred(a: SourceServer, b: SourceServer): number {
  return (
    Number(isLoopback(a.host)) - Number(isLoopback(b.host)) ||
    b.ids.length - a.ids.length ||
    Math.min(...a.ids) - Math.min(...b.ids)
  )
}

/** The server accepted all of these modes, so that it accepts the strictest for each database. */
function strictest(modes: readonly SslMode[]): SslMode {
  return SSL_MODES.findLast((mode) => modes.includes(mode)) ?? 'prefer'
}
