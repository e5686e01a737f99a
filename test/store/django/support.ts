import { onTestFinished } from 'vitest'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import { type DjangoOptions, openInternalDatabase } from '../../../src/store/django/open.ts'
import type { InternalSession } from '../../../src/store/django/session.ts'
import type { LiveOptions } from '../../../src/store/types.ts'

/** Returns how the tests reach an internal database: without a journal of its own, by short limits. */
export function liveOptions(
  { settings }: { settings: ConnectionSettings },
  over: Partial<LiveOptions> = {},
): LiveOptions {
  return {
    settings,
    connect: { timeoutMs: 10_000 },
    lockTimeoutMs: 1_000,
    journal: null,
    journalDirectory: null,
    acceptUnknownLayout: false,
    ...over,
  }
}

/** Opens the session of an internal database, which ends with the test. */
export async function openInternal(
  database: { settings: ConnectionSettings },
  { live = {}, ...options }: DjangoOptions & { live?: Partial<LiveOptions> } = {},
): Promise<InternalSession> {
  const { session } = await openInternalDatabase(liveOptions(database, live), options)
  onTestFinished(() => session.close())
  return session
}
