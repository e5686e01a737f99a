import { onTestFinished } from 'vitest'
import { openInternalDatabase } from '../../../src/store/django/open.ts'
import type { DjangoSession, Query } from '../../../src/store/django/types.ts'
import type { InternalDatabase } from '../../support/mathesar-database.ts'

/** A session that records the statements that it runs. */
export interface RecordedSession extends DjangoSession {
  statements: string[]
}

/** Opens the connection of the program to an internal database. */
export async function openDjangoSession(
  { settings }: InternalDatabase,
  { isFresh = false, lockTimeoutMs = 1000 } = {},
): Promise<RecordedSession> {
  const { session } = await openInternalDatabase(
    {
      settings: { ...settings, sslmode: 'disable' },
      connect: { timeoutMs: 10_000 },
      lockTimeoutMs,
      journal: null,
      journalDirectory: null,
      acceptUnknownLayout: false,
    },
    { isFresh },
  )
  onTestFinished(() => session.close())
  const statements: string[] = []
  const recorded =
    (run: Query): Query =>
    (text, values) => {
      statements.push(text)
      return run(text, values)
    }
  return { ...session, statements, query: recorded(session.query), write: recorded(session.write) }
}
