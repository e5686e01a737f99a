import { onTestFinished } from 'vitest'
import type { RunOptions } from '../../src/databases/events.ts'
import { openStore } from '../../src/store/index.ts'
import type { LiveOptions, OpenStoreOptions, Store } from '../../src/store/types.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  type InternalDatabaseOptions,
} from './mathesar-database.ts'

/** An internal database of a Mathesar, opened as a store. */
export interface LiveStore {
  internal: InternalDatabase
  store: Store
}

/** Creates an internal database of a Mathesar and opens it. */
export async function liveStore(options: InternalDatabaseOptions = {}): Promise<LiveStore> {
  const internal = await createInternalDatabase(options)
  return { internal, store: await openLiveStore(internal) }
}

/** Opens an internal database of a Mathesar, once more where it is open; the test closes it at its end. */
export async function openLiveStore(
  { url, settings, secretKey }: InternalDatabase,
  options: Partial<OpenStoreOptions> = {},
): Promise<Store> {
  const live: LiveOptions = {
    settings,
    connect: { timeoutMs: 10_000 },
    lockTimeoutMs: 5_000,
    journal: 'database',
    journalDirectory: null,
    acceptUnknownLayout: false,
  }
  const store = await openStore(url, () => secretKey, { create: false, live, ...options })
  onTestFinished(() => store.close())
  return store
}

/** Returns options that collect the warnings, and the details, of a run. */
export function collectingReports(): RunOptions & { warnings: string[]; details: string[] } {
  const warnings: string[] = []
  const details: string[] = []
  return {
    warnings,
    details,
    onProgress: (event) => {
      if (event.type === 'warning') warnings.push(event.message)
      if (event.type === 'detail') details.push(event.message)
    },
  }
}
