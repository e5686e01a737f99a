import { OperatorError } from '../../errors.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import { sealedDatabases } from '../django-legacy/sealed.ts'
import { sealedRoles } from '../django-modern/sealed.ts'
import { unavailable } from '../errors.ts'
import { requireReplaced } from '../replaced.ts'
import type { MathesarSession, Reseal, SealedValue, SealedValues } from '../sealed.ts'
import type { JournalPlace } from '../types.ts'
import { tableTriggerError } from './errors.ts'
import PRESENCE_QUERY from './journal-presence.sql'
import LOCK_HOLDERS_QUERY from './lock-holders.sql'
import MATHESAR_SESSIONS_QUERY from './mathesar-sessions.sql'
import { type SealedRows, type SealedTable, sealedOperations } from './sealed-table.ts'
import type { DjangoSession, Query } from './types.ts'

/** The journal of this internal database in a directory of the user, which is another database. */
export interface ElsewhereJournal {
  read(): SealedValue[]
  rewrite(reseal: Reseal): void
  close(): void
}

/**
 * Returns the encrypted values of an internal database on PostgreSQL: those of Mathesar's rows, of the
 * journal there, and of the journal in a directory, whichever of the two is in use.
 *
 * @param openElsewhere opens the journal in a directory; returns `null` if there is none
 * @param used the journal that the store uses; `null` if it uses none
 */
export function djangoSealed(
  session: DjangoSession,
  openElsewhere: () => Promise<ElsewhereJournal | null>,
  used: JournalPlace | null,
): SealedValues {
  const { layout, location } = session
  const rows = layout.generation === 'legacy' ? sealedDatabases(layout) : sealedRoles(layout)
  const withElsewhere = async <T>(action: (journal: ElsewhereJournal | null) => Promise<T>) => {
    const opened = await openElsewhere()
    const journal = opened === null || used === 'directory' ? opened : asOther(opened)
    try {
      return await action(journal)
    } finally {
      journal?.close()
    }
  }
  return {
    read: () =>
      withElsewhere(async (elsewhere) => {
        const tables = await present(rows, layout.schema, session.query, used)
        const read = await readAll(tables, session.query)
        return [...read.flatMap(({ values }) => values), ...(elsewhere?.read() ?? [])]
      }),
    rewrite: (reseal, requireStopped) =>
      withElsewhere(async (elsewhere) => {
        let wanted: string[] = []
        let isLocked = false
        try {
          await session.transaction(async (query) => {
            const tables = await present(rows, layout.schema, query, used)
            wanted = tables.flatMap((table) => [...table.tables])
            // Nobody writes these tables meanwhile; reading goes on. Nothing else is locked before, and
            // nothing of Mathesar's after it, so that no order of locks of Mathesar's can lead to a deadlock.
            await query(`LOCK TABLE ${wanted.join(', ')} IN SHARE ROW EXCLUSIVE MODE`)
            isLocked = true
            const inTables = await rewriteTables(tables, query, reseal, location, elsewhere?.read() ?? [])
            requireStopped?.(await mathesarSessions({ query, layout }))
            elsewhere?.rewrite((values) => reseal(values, inTables))
          })
        } catch (error) {
          throw await withHolders(refusedByTable(error, location), session, { wanted, isLocked })
        }
      }),
  }
}

/** Returns the sessions that Mathesar has in its internal database; `null` where it does not name them. */
export async function mathesarSessions({
  query,
  layout,
}: Pick<DjangoSession, 'query' | 'layout'>): Promise<MathesarSession[] | null> {
  const sessions = await query<MathesarSession>(MATHESAR_SESSIONS_QUERY)
  // Mathesar names its sessions since 0.4.0.
  const areNamed =
    layout.generation === 'modern' &&
    layout.migrations.some((name) => name.startsWith('0006_')) &&
    layout.missingMigrations.length === 0
  return sessions.length > 0 || areNamed ? sessions : null
}

/** Returns the time by the clock of the server, ISO 8601 in UTC. */
export async function serverTime({ query }: Pick<DjangoSession, 'query'>): Promise<string | null> {
  const [row] = await query<{ now: string }>(SERVER_TIME_QUERY)
  return row?.now ?? null
}

/** Whole seconds, as those of the sessions. */
const SERVER_TIME_QUERY = `
  SELECT pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS now`

/** Returns the journal in a directory, which the store does not use. */
function asOther({ read, rewrite, close }: ElsewhereJournal): ElsewhereJournal {
  const marked = (values: readonly SealedValue[]) =>
    values.map((value) => ({ ...value, otherJournal: 'directory' as const }))
  return {
    read: () => marked(read()),
    rewrite: (reseal) => rewrite((values, others) => reseal(marked(values), others)),
    close,
  }
}

/** Adds the journal, if it exists now and belongs to this role or its betters. */
async function present(
  rows: SealedTable,
  schema: string,
  query: Query,
  used: JournalPlace | null,
): Promise<SealedTable[]> {
  const [presence] = await query<{ isThere: boolean; isForeign: boolean }>(PRESENCE_QUERY, [schema])
  return presence?.isThere && !presence.isForeign ? [rows, sealedOperations(used === 'database')] : [rows]
}

async function readAll(tables: readonly SealedTable[], query: Query): Promise<SealedRows[]> {
  const read: SealedRows[] = []
  for (const table of tables) read.push(await table.read(query))
  return read
}

/** Returns the values as they were before. */
async function rewriteTables(
  tables: readonly SealedTable[],
  query: Query,
  reseal: Reseal,
  location: string,
  elsewhere: readonly SealedValue[],
): Promise<SealedValue[]> {
  const read = await readAll(tables, query)
  const before = read.flatMap(({ values }) => values)
  const replaced = reseal(before, elsewhere)
  let at = 0
  for (const { values, write } of read) {
    await write(query, replaced.slice(at, at + values.length))
    at += values.length
  }
  const after = await readAll(tables, query)
  requireReplaced(
    location,
    before,
    replaced,
    after.flatMap(({ values }) => values),
  )
  return before
}

/** Converts the error of a constraint, of which Mathesar's own don't concern encrypted values. */
function refusedByTable(error: unknown, location: string): unknown {
  if (!isDatabaseError(error)) return error
  return (
    tableTriggerError(error, location) ??
    unavailable(
      location,
      `a constraint of its tables forbids the change (${error.message})`,
      'Nothing was changed. Find out who added that constraint, and why, before you drop it.',
      error,
    )
  )
}

const LOCK_NOT_AVAILABLE = '55P03'

/** Names the sessions in the way in the error of a lock that was not granted in time. */
async function withHolders(
  error: unknown,
  { query }: DjangoSession,
  { wanted, isLocked }: { wanted: string[]; isLocked: boolean },
): Promise<unknown> {
  if (!(error instanceof OperatorError) || error.details.sqlstate !== LOCK_NOT_AVAILABLE) return error
  const holders = await query<MathesarSession>(LOCK_HOLDERS_QUERY, [wanted, isLocked]).catch(() => [])
  const [first] = holders
  if (first === undefined) return error
  const list = holders.map(
    ({ pid, applicationName, since }) =>
      `process ${pid}${applicationName ? `, application ${applicationName}` : ''}${since ? `, since ${since}` : ''}`,
  )
  return error.with({
    message: `${error.message} The session in the way: ${list.join('; ')}.`,
    data: { pid: first.pid, applicationName: first.applicationName },
  })
}
