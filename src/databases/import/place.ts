import { OperatorError } from '../../errors.ts'
import { shellQuoted, toRun } from '../../hint.ts'
import { describeServer, isLoopback } from '../../postgres/describe.ts'
import { addressOf } from '../../postgres/destination.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import { requireHoldable } from '../../store/capabilities.ts'
import type { Store, StoredDatabase } from '../../store/types.ts'
import type { RunOptions } from '../events.ts'
import type { InternalDatabase } from '../internal-target.ts'
import { warnOfLoopback } from '../loopback.ts'
import { isOneServer } from '../one-server.ts'
import { withOpen } from '../open.ts'
import { recordSettings } from '../record-settings.ts'
import { findOtherRecords, readableRecords } from '../same-database.ts'
import { isSamePlace, isSameTarget } from '../same-settings.ts'
import { warnOfStoredTls } from '../ssl-mode.ts'
import { warnOfUnprovedPort } from '../unproved-port.ts'
import { ownSettings } from './choose-passwords.ts'
import type { HeldWarnings } from './held-warnings.ts'
import { aboutEntry, failedEntry, withSourcePassword } from './prove.ts'
import { groupServers, type ServerSpelling, serverKey, spellServers, warnOfUnproved } from './servers.ts'
import { isStricter, stricterTls } from './stricter-tls.ts'
import type { FailedEntry, PlacedEntry, ProvedEntry } from './types.ts'

/** What else decides where an entry belongs. */
export interface PlaceContext {
  internal: readonly InternalDatabase[]
  isInContainer: boolean
  /** The Mathesar of the source may run on another machine, or in a container. */
  isSourceElsewhere: boolean
}

/**
 * Finds where each entry belongs in the internal database in use: what its row contains, and the stored
 * database that it leads to. A spelling of its server that the source does not have is proved by a connection
 * of its own. Errors: those of the store; the reason of the signal.
 */
export async function placeEntries(
  store: Store,
  proved: readonly ProvedEntry[],
  context: PlaceContext,
  { held, ...options }: RunOptions & { held: HeldWarnings },
): Promise<{ placed: PlacedEntry[]; failed: FailedEntry[] }> {
  const { hasServers } = store.capabilities
  const { isInContainer, isSourceElsewhere } = context
  const groups = await groupServers(proved, options, (one, other) => {
    const { entries } = one
    if (hasServers) warnOfUnproved(one.settings, other.settings, held.about([...entries, ...other.entries]))
  })
  const spellingOptions = { ...options, held, isInContainer }
  const spellings = hasServers ? await spellServers(store, groups, spellingOptions) : new Map()
  const serverOf = new Map(
    groups.flatMap((group, index) => group.map(({ settings }) => [serverKey(settings), index])),
  )
  const stored = await readableRecords(store)
  const placed: PlacedEntry[] = []
  const failed: FailedEntry[] = []
  const seen = new Set<string>()
  for (const one of proved) {
    const { entry, settings } = one
    const holding = held.about([entry])
    const reporting = aboutEntry(entry.name, holding)
    try {
      const spelling = spellings.get(serverKey(settings)) ?? null
      const own = await rowOf(store, settings, spelling, holding)
      const existing = await findExisting(store, stored, own, one, reporting)
      const row = existing !== null && hasServers ? atPlaceOf(own, existing) : own
      if (isStricter(row.sslmode, recordSettings(settings, store.capabilities).sslmode)) {
        await prove({ ...row, ...stricterTls(settings, row) }, withSourcePassword(reporting))
      }
      const neighbor = existing ?? stored.find(({ host, port }) => host === row.host && port === row.port)
      warnOfWeakerServer(settings, row, neighbor?.name ?? entry.name, store, holding)
      if (existing === null) warnOfStoredTls(settings, store.capabilities, holding)
      const isNewServer = existing === null && spelling?.isStored !== true && !seen.has(serverKey(row))
      seen.add(serverKey(row))
      if (isNewServer) {
        if (isSourceElsewhere) warnOfOtherLoopback(row, holding)
        warnOfLoopback(row, { isInContainer }, holding)
        warnOfUnprovedPort(row, context.internal, holding)
      }
      placed.push({ ...one, row, existing, server: serverOf.get(serverKey(settings)) ?? -1 })
    } catch (error) {
      failed.push(failedEntry(entry.name, settings, error))
    }
  }
  return { placed, failed }
}

/** Warns of a host by which the Mathesar of the source means another machine than this one. */
function warnOfOtherLoopback(
  { host }: Pick<ConnectionSettings, 'host'>,
  { addresses, onProgress }: RunOptions,
): void {
  if (!isLoopback(host) || addressOf(addresses, host)) return
  onProgress?.({
    type: 'warning',
    message: `The source stores servers as "${host}", by which its Mathesar means the machine or the container that it runs in; this run found them on this machine.`,
    hint: toRun(
      'If that is another one, check the databases, and change the host of each:',
      'mathesarctl db edit NAME --host HOST',
    ),
  })
}

/**
 * Returns the settings as a row holds them. A spelling of the server in which no connection works stays out,
 * as in an add. Errors: `USAGE` if the store can't hold them.
 */
async function rowOf(
  { capabilities }: Store,
  settings: ConnectionSettings,
  spelling: ServerSpelling | null,
  options: RunOptions,
): Promise<ConnectionSettings> {
  const own = recordSettings(settings, capabilities)
  requireHoldable(own, capabilities)
  if (spelling === null) return own
  const { host, port, sslmode } = recordSettings({ ...own, ...spelling }, capabilities)
  const row = { ...own, host, port, sslmode }
  if (host === settings.host && port === settings.port) return row
  const given = describeServer(settings)
  const other = describeServer(row)
  const error = await connectionError({ ...row, ...stricterTls(settings, row) }, withSourcePassword(options))
  options.onProgress?.({
    type: 'warning',
    message:
      error === null
        ? `The server ${given} is the same as ${other}: the database is stored with that spelling.`
        : `The server ${given} is the same as ${other}, but a connection to that fails: ${error.message} ` +
          `So ${given} becomes a server of its own for Mathesar.`,
    hint:
      error === null
        ? 'Mathesar counts each spelling as a server of its own, with its own roles and passwords.'
        : 'Check whether the server admits the role from everywhere.',
  })
  return error === null ? row : own
}

/**
 * Returns the error of a connection; `null` if it works. Errors: the reason of the signal.
 *
 * @param options with where the password came from
 */
export async function connectionError(
  settings: ConnectionSettings,
  options: RunOptions,
): Promise<OperatorError | null> {
  const { onProgress: _quiet, ...quiet } = options
  try {
    await prove(settings, quiet)
    return null
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return error
  }
}

function prove(settings: ConnectionSettings, options: RunOptions): Promise<void> {
  return withOpen(settings, options, async () => {})
}

/**
 * Warns of a stored server whose connections are protected less than the entry's.
 *
 * @param name a database of that server
 */
function warnOfWeakerServer(
  settings: ConnectionSettings,
  row: ConnectionSettings,
  name: string,
  { capabilities }: Store,
  { onProgress }: RunOptions,
): void {
  if (!isStricter(recordSettings(settings, capabilities).sslmode, row.sslmode)) return
  onProgress?.({
    type: 'warning',
    message:
      `The server ${describeServer(row)} is stored with sslmode ${row.sslmode}, and the source has ` +
      `${settings.sslmode} for it: the stored mode stays.`,
    hint: toRun(
      'To protect its connections as in the source, change the mode:',
      `mathesarctl db edit ${shellQuoted(name)} --sslmode ${settings.sslmode}`,
    ),
  })
}

/**
 * Returns the stored database that an entry leads to; where a row has one role, as the same role. One that
 * spells its server otherwise is it only if that is proved.
 */
async function findExisting(
  store: Store,
  stored: readonly StoredDatabase[],
  row: ConnectionSettings,
  { settings, target }: ProvedEntry,
  options: RunOptions,
): Promise<StoredDatabase | null> {
  const { hasServers } = store.capabilities
  const isIt = (other: StoredDatabase) => (hasServers ? isSamePlace(other, row) : isSameTarget(other, row))
  const spelledAlike = stored.find(isIt)
  if (spelledAlike !== undefined) return store.find(spelledAlike.name)
  const { identity } = target.facts
  const { sameNames } = await findOtherRecords(store, { name: '', settings: row, identity }, options)
  for (const name of sameNames) {
    const other = await store.find(name)
    if (other === null || !(hasServers || other.user === row.user)) continue
    const own = await ownSettings(store, name)
    if (own !== null && (await isOneServer({ settings }, { settings: own }, options))) return other
  }
  return null
}

function atPlaceOf(row: ConnectionSettings, { host, port, sslmode }: StoredDatabase): ConnectionSettings {
  return { ...row, host, port, sslmode }
}
