import { toRun } from '../../hint.ts'
import { isSameServer } from '../../postgres/checks.ts'
import { describeServer, isLoopback } from '../../postgres/describe.ts'
import { areIndistinct } from '../../postgres/destination.ts'
import type { ConnectionSettings, DatabaseIdentity, SslMode } from '../../postgres/types.ts'
import { SSL_MODES } from '../../postgres/types.ts'
import type { Store, StoredServer } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'
import { isOneServer } from '../one-server.ts'
import { findSameServer, findSpelled, storedAddress } from '../same-server.ts'
import type { HeldWarnings } from './held-warnings.ts'
import type { ProvedEntry, SourceEntry } from './types.ts'

/** How the row of a server spells it, and its TLS mode. */
export type ServerSpelling = Pick<ConnectionSettings, 'host' | 'port'> & {
  sslmode: SslMode
  /** The server is stored already; otherwise this import stores it. */
  isStored: boolean
}

/** One spelling of a server in the source, how it is reached, and what it reports. */
export interface SourceServer {
  settings: ConnectionSettings
  /** The strictest of its rows: the server accepted them all. */
  sslmode: SslMode
  identity: DatabaseIdentity
  /** Those whose rows spell it so. */
  entries: readonly SourceEntry[]
}

type SpellingOptions = RunOptions & { isInContainer: boolean; held: HeldWarnings }

/**
 * Returns how the store spells the server of each entry, where databases share their servers: as it is stored
 * already; otherwise entries of one server share one spelling. Only servers that are proved to be one share a
 * spelling (`isOneServer`); a warning lists the others that report to be one. Errors: those of the store; the
 * reason of the signal.
 *
 * @param groups those of `groupServers`
 */
export async function spellServers(
  store: Store,
  groups: readonly (readonly SourceServer[])[],
  options: SpellingOptions,
): Promise<Map<string, ServerSpelling>> {
  const spellings = new Map<string, ServerSpelling>()
  const stored = await store.servers()
  for (const group of groups) {
    const spelled = group.map(({ settings }) => findSpelled(stored, settings))
    const known = spelled.find((server) => server !== null) ?? (await findStored(store, group, options))
    const [chosen] = group.toSorted(preferred)
    for (const [index, { settings, sslmode }] of group.entries()) {
      const { host, port } = chosen?.settings ?? settings
      const own = { host, port, sslmode: chosen?.sslmode ?? sslmode, isStored: false }
      const server = spelled[index] ?? known
      spellings.set(serverKey(settings), server ? spellingOf(server) : own)
    }
  }
  return spellings
}

/** Returns the stored server that a server of the source is proved to be under another spelling. */
async function findStored(
  store: Store,
  group: readonly SourceServer[],
  { onProgress: _quiet, held, ...quiet }: SpellingOptions,
): Promise<StoredServer | null> {
  for (const { settings, identity, entries } of group) {
    const found = await findSameServer(store, { settings }, identity, quiet)
    if (found?.isProved) return found.server
    if (found) warnOfUnproved(settings, storedAddress(found.server), held.about(entries))
  }
  return null
}

/**
 * Returns the servers of the entries, each with its spellings. A spelling is a server of its own unless it is
 * proved to be another one's (`isOneServer`). Errors: the reason of the signal.
 */
export async function groupServers(
  proved: readonly ProvedEntry[],
  options: RunOptions,
  onUnproved: (one: SourceServer, other: SourceServer) => void = () => {},
): Promise<SourceServer[][]> {
  const groups: SourceServer[][] = []
  for (const entries of Map.groupBy(proved, ({ settings }) => serverKey(settings)).values()) {
    const server = sourceServer(entries as [ProvedEntry])
    const alike = groups.filter(([leader]) => leader && isSameServer(leader.identity, server.identity))
    const group = await findGroup(alike, server, options)
    if (group !== null) group.push(server)
    else groups.push([server])
    const [unproved] = group === null ? alike : []
    if (unproved?.[0] && !areIndistinct(unproved[0].settings, server.settings, options.addresses)) {
      onUnproved(server, unproved[0])
    }
  }
  return groups
}

async function findGroup(
  groups: readonly SourceServer[][],
  { settings }: SourceServer,
  options: RunOptions,
): Promise<SourceServer[] | null> {
  for (const group of groups) {
    const [leader] = group
    if (leader && (await isOneServer(leader, { settings }, options))) return group
  }
  return null
}

function sourceServer(entries: readonly [ProvedEntry, ...ProvedEntry[]]): SourceServer {
  const [{ settings, target }] = entries
  return {
    settings,
    sslmode: strictest(entries.map((one) => one.settings.sslmode)),
    identity: target.facts.identity,
    entries: entries.map(({ entry }) => entry),
  }
}

/** Warns of servers that report to be one, where nothing proves it. */
export function warnOfUnproved(one: Address, other: Address, { onProgress }: RunOptions): void {
  onProgress?.({
    type: 'warning',
    message:
      `The server ${describeServer(one)} may be the same as ${describeServer(other)}, but nothing proves it. ` +
      'So each is a server of its own for Mathesar.',
    hint: toRun(
      'If they are one server, move each database to one spelling after the import:',
      'mathesarctl db edit NAME --host HOST',
    ),
  })
}

type Address = Pick<ConnectionSettings, 'host' | 'port'>

/** Returns what entries of one spelling of a server have in common. */
export function serverKey({ host, port }: Address): string {
  return JSON.stringify([host, port])
}

function spellingOf(server: StoredServer): ServerSpelling {
  return { ...storedAddress(server), sslmode: server.sslmode, isStored: true }
}

function oldestRow({ entries }: SourceServer): number {
  return Math.min(...entries.map(({ id }) => id))
}

/**
 * Other machines reach a server by a name that does not mean the machine itself. Of several such names, most
 * rows have the first, or the oldest row has it.
 */
function preferred(a: SourceServer, b: SourceServer): number {
  return (
    Number(isLoopback(a.settings.host)) - Number(isLoopback(b.settings.host)) ||
    b.entries.length - a.entries.length ||
    oldestRow(a) - oldestRow(b)
  )
}

function strictest(modes: readonly SslMode[]): SslMode {
  return SSL_MODES.findLast((mode) => modes.includes(mode)) ?? 'prefer'
}
