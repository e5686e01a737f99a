import { existsSync } from 'node:fs'
import { SSL_MODES } from '../../postgres/types.ts'
import type { Keyring } from '../credentials.ts'
import { keyReplaced } from '../errors.ts'
import type { StoreParts } from '../parts.ts'
import type { Capabilities, JournalPlace, LiveOptions, OpenStoreOptions } from '../types.ts'
import type { ErrorPlace } from './errors.ts'
import { databaseKey, journalPathOf } from './journal-path.ts'
import { openJournal } from './journal-place.ts'
import { hasNicknames, hasSslMode, readLayout, writeRefusal } from './layout.ts'
import { locationOf } from './location.ts'
import { connectTo, type Opened } from './opening.ts'
import { advisoryRotation } from './operation-locks.ts'
import { warnOfOtherJournal } from './other-journal.ts'
import { recordsOf } from './records.ts'
import { djangoSealed, mathesarSessions, serverTime } from './sealed.ts'
import { createDjangoSession, type InternalSession } from './session.ts'
import type { DjangoSession, Layout, WithCurrentKey } from './types.ts'

/** How an internal database is opened. */
export interface DjangoOptions extends Pick<OpenStoreOptions, 'readOnly' | 'onWarning' | 'isKeyCurrent'> {
  /** Read everything afresh: by default, what was read holds until something is written. */
  isFresh?: boolean
}

/** The parts of a store, and where its journal lies; `null`: there is none, and it was opened for reading. */
interface DjangoParts extends StoreParts {
  layout: Layout
  session: DjangoSession
  journalPlace: JournalPlace | null
}

/** An open internal database, before its journal and its rows are used. */
interface OpenedInternal {
  session: InternalSession
  opened: Opened
  place: ErrorPlace
}

/**
 * Opens the connection to the internal database of a live Mathesar, and detects its layout: one round trip
 * after the login.
 *
 * Errors: those of connecting, with the internal database named; `STORE_UNAVAILABLE`,
 * `INSUFFICIENT_PRIVILEGE`, `POOLED_CONNECTION`.
 */
export async function openInternalDatabase(
  live: LiveOptions,
  { readOnly: isReadOnly = false, isFresh = false }: DjangoOptions = {},
): Promise<OpenedInternal> {
  const place: ErrorPlace = { location: locationOf(live.settings), settings: live.settings }
  const opened = await connectTo(live, place, { isReadOnly })
  try {
    const layout = readLayout(opened.facts, place)
    const session = createDjangoSession(live, opened.session, layout, place, { isReadOnly, isFresh })
    return { session, opened, place }
  } catch (error) {
    await opened.session.close()
    throw error
  }
}

/**
 * Opens the internal database of a live Mathesar: its rows, and the journal in its schema `mathesarctl` or in
 * a directory.
 *
 * Errors: those of `openInternalDatabase`; `LOCKED`; `USAGE` where a directory of journals is needed and
 * there is none.
 */
export async function openDjango(
  live: LiveOptions,
  keyring: Keyring,
  options: DjangoOptions = {},
): Promise<DjangoParts> {
  const { session, opened, place } = await openInternalDatabase(live, options)
  const { layout, isReadOnly, location } = session
  try {
    const capabilities = capabilitiesOf(layout, { isReadOnly, live })
    const canWrite = !isReadOnly && capabilities.writeRefusal === null
    const { journal, locks, journalPlace, close } = await openJournal(live, session, opened, place, canWrite)
    await warnOfOtherJournal(live, opened, journalPlace, options.onWarning)
    const rotation = advisoryRotation(session)
    const { isKeyCurrent } = options
    const requireCurrentKey = () => {
      if (isKeyCurrent?.() === false) throw keyReplaced()
    }
    // A rotation ends only after the settings have the new key: it must not end before the write.
    const withCurrentKey: WithCurrentKey = (write) => {
      if (isKeyCurrent === undefined) return write()
      return rotation.without(async () => {
        requireCurrentKey()
        return write()
      })
    }
    return {
      location,
      layout,
      session,
      journalPlace,
      capabilities,
      records: recordsOf(session, keyring, withCurrentKey),
      journal,
      locks,
      rotation,
      requireCurrentKey,
      identity: { key: databaseKey(opened), file: null },
      sealed: djangoSealed(session, () => openElsewhere(live, opened, isReadOnly), journalPlace),
      mathesarSessions: () => mathesarSessions(session),
      serverTime: () => serverTime(session),
      keyring,
      async close() {
        await close()
        await session.close()
      },
    }
  } catch (error) {
    await session.close()
    throw error
  }
}

/** Opens the encrypted values of the journal in a directory; loads SQLite only where there is one. */
async function openElsewhere({ journalDirectory }: LiveOptions, opened: Opened, isReadOnly: boolean) {
  if (journalDirectory === null || !existsSync(journalPathOf(journalDirectory, opened))) return null
  const { openSealedJournal } = await import('./directory-journal.ts')
  return openSealedJournal(journalDirectory, opened, isReadOnly)
}

function capabilitiesOf(
  layout: Layout,
  { isReadOnly, live }: { isReadOnly: boolean; live: LiveOptions },
): Capabilities {
  const isModern = layout.generation === 'modern'
  // In the legacy layout, the name of a stored database is a column of its own.
  const canRename = !isModern || hasNicknames(layout)
  return {
    isReadOnly,
    canRename,
    // Those that a column can't hold are stored as one that it can, or not at all.
    sslModes: SSL_MODES,
    heldSslModes: hasSslMode(layout) ? ['disable', 'allow', 'prefer', 'require'] : [],
    hasConnectionOptions: false,
    hasSchemaRecord: true,
    shouldRestart: !isModern,
    isMathesars: true,
    hasUsers: isModern,
    hasServers: isModern,
    hasNicknames: canRename,
    generation: layout.generation,
    writeRefusal: writeRefusal(layout, live.acceptUnknownLayout),
  }
}
