import { describeServer } from '../../postgres/describe.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Store } from '../../store/types.ts'
import { readStoredPassword } from '../add/row.ts'
import type { RunOptions } from '../events.ts'
import { withStoredPassword } from '../open.ts'
import { findSpelled } from '../same-server.ts'
import { ownSettings } from './choose-passwords.ts'
import type { HeldWarnings } from './held-warnings.ts'
import { connectionError } from './place.ts'
import { failedEntry, withSourcePassword } from './prove.ts'
import { ofMode, stricterTls } from './stricter-tls.ts'
import type { FailedEntry, PlacedEntry } from './types.ts'

/** A password, and the connection that it is stored with: it goes over no TLS that is weaker. */
interface OwnedPassword {
  /** `null` if it is none. */
  text: string | null
  owner: ConnectionSettings
  /** The internal database in use has it; otherwise the source does. */
  isStored: boolean
}

/** The password that is stored; `damaged`: the key does not open it. */
type StoredPassword = OwnedPassword | 'damaged' | null

/**
 * Settles on one password where the row of an entry shares it: with a stored database, or with other entries
 * that the source spells otherwise. A stored password that logs in stays; otherwise the newest one counts.
 * An entry that the server does not admit with it fails. Errors: those of the store; the signal's reason.
 */
export async function settlePasswords(
  store: Store,
  placed: readonly PlacedEntry[],
  { held, ...options }: RunOptions & { held: HeldWarnings },
): Promise<{ placed: PlacedEntry[]; failed: FailedEntry[] }> {
  const settled: PlacedEntry[] = []
  const failed: FailedEntry[] = []
  const { hasServers } = store.capabilities
  const groups = Map.groupBy(placed, ({ row: { host, port, user, database } }) =>
    JSON.stringify(hasServers ? [host, port, user] : [host, port, user, database]),
  )
  for (const group of groups.values()) {
    const holding = held.about(group.map(({ entry }) => entry))
    const { text: password, owner, isStored } = await passwordOf(store, group, holding)
    const connecting = isStored ? withStoredPassword(options) : withSourcePassword(options)
    for (const one of group) {
      const row = { ...one.row, password }
      // Where each database has a server of its own, the stored one was proved as it is stored.
      const isProved = one.row.password === password || (!hasServers && owner.host !== row.host)
      const error = isProved
        ? null
        : await connectionError({ ...row, ...stricterTls(owner, row) }, connecting)
      if (error === null) settled.push({ ...one, row })
      else failed.push(failedEntry(one.entry.name, row, error))
    }
  }
  // The plan has the order of the source.
  return { placed: settled.sort((a, b) => placed.findIndex(isOf(a)) - placed.findIndex(isOf(b))), failed }
}

function isOf({ entry }: PlacedEntry): (other: PlacedEntry) => boolean {
  return (other) => other.entry === entry
}

/** Returns the password for all entries of a group. */
async function passwordOf(
  store: Store,
  group: readonly PlacedEntry[],
  { onProgress, ...options }: RunOptions,
): Promise<OwnedPassword> {
  const [newest] = group.toSorted((a, b) => (a.entry.updatedAt < b.entry.updatedAt ? 1 : -1)) as [PlacedEntry]
  const { row } = newest
  const server = describeServer(row)
  const warn = (message: string) => onProgress?.({ type: 'warning', message, hint: '' })
  const stored = await storedPassword(store, newest)
  const connecting = withStoredPassword(options)
  if (stored === 'damaged') {
    warn(
      `The secret key does not open the stored password of role "${row.user}" on ${server}: that of the source replaces it.`,
    )
  } else if (stored !== null && stored.text !== row.password) {
    const isRefused = (await connectionError({ ...stored.owner, password: stored.text }, connecting)) !== null
    if (!isRefused) {
      warn(
        `The stored password of role "${row.user}" on ${server} differs from that of the source, and works: it stays.`,
      )
      return stored
    }
    warn(
      `The server refuses the stored password of role "${row.user}" on ${server}: that of the source replaces it.`,
    )
  } else if (new Set(group.map((one) => one.row.password)).size > 1) {
    warn(
      `The source has several passwords of role "${row.user}" on ${server} that work: the newest is used, that of "${newest.entry.name}".`,
    )
  }
  return { text: row.password, owner: newest.settings, isStored: false }
}

/** Returns the password that is stored for the role of an entry; `null` if none is. */
async function storedPassword(store: Store, { row, existing }: PlacedEntry): Promise<StoredPassword> {
  if (!store.capabilities.hasServers) {
    if (existing === null) return null
    const owner = await ownSettings(store, existing.name)
    return owner === null ? 'damaged' : { text: owner.password, owner, isStored: true }
  }
  const server = findSpelled(await store.servers(), row)
  const stored = server && (await readStoredPassword(store, server, row.user))
  if (!stored) return null
  if (stored.isDamaged) return 'damaged'
  return { text: stored.password, owner: { ...row, ...ofMode(server.sslmode) }, isStored: true }
}
