import { OperatorError } from '../../errors.ts'
import { compose } from '../../postgres/compose.ts'
import { openSession, type SessionOptions } from '../../postgres/connect.ts'
import { checkNotPooled } from '../../postgres/pooler.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import type { Session } from '../../postgres/types.ts'
import type { LiveOptions } from '../types.ts'
import { connectError, type ErrorPlace, statementError } from './errors.ts'
import { LAST_STATEMENT_MS } from './interruptible.ts'
import ENTRIES_QUERY from './journal-entries.sql'
import { JOURNAL_VERSION } from './journal-version.ts'
import type { OpeningFacts } from './layout.ts'
import OPENING_SCRIPT from './opening.sql'

/** How long a statement may take, in milliseconds: none of ours takes long. */
const STATEMENT_TIMEOUT_MS = 60_000

/**
 * The state of the schema `mathesarctl`; `foreign`: somebody owns it who is neither this role nor trusted.
 */
type JournalState = 'absent' | 'present' | 'unreadable' | 'foreign'

/** An entry of the journal as its query returns it. */
export interface EntryRow {
  id: string
  kind: 'add' | 'remove'
  name: string
  keepTypes: boolean
  startedAt: string
  encrypted: string
  phase: 'unknown' | 'begun' | 'committing'
  commitMark: string | null
}

/** What the first message of a session returns. */
export interface Opened {
  session: Session
  facts: OpeningFacts
  /** Identifies the database: of its server, if the role may read that, and its OID there. */
  systemIdentifier: string | null
  databaseOid: string
  /** When its first migration was applied; `null` if that is not known. */
  firstMigration: string | null
  journal: { state: JournalState; version: number | null; entries: readonly EntryRow[] }
}

interface AnswerRow {
  answer: {
    names: string[]
    may_read: boolean
    system_identifier: string | null
    first_migration: string | null
    journal_state: JournalState
    journal_version: number | null
    entries: EntryRow[]
  }
  backend_pid: number
  schema: string | null
  schemas: string[]
  tables: [string, string[], string[]][]
  owners: string[]
  database_oid: string
  is_in_recovery: boolean
  read_only_default: string
  may_create_schema: boolean
}

/**
 * Opens a connection to an internal database, with safe settings, and reads what it is: one round trip after
 * the login.
 *
 * Errors: those of `openSession`, with the internal database named; `POOLED_CONNECTION`.
 */
export async function connectTo(
  live: LiveOptions,
  place: ErrorPlace,
  { isReadOnly, isAgain = false }: { isReadOnly: boolean; isAgain?: boolean },
): Promise<Opened> {
  const { options, ended } = untilConnected(live.connect, isAgain)
  let session: Session | null = null
  try {
    session = await openSession(live.settings, options)
    const settings = sessionSettings(live, isReadOnly)
    const row = await readAnswer(session, settings)
    const facts = { backendPid: row.backend_pid }
    await checkNotPooled(session, facts, options)
    // A pooler in session mode: only now is it known that no other client gets this server process.
    if (!hasOwnProcess(session, row)) await session.query(settingsStatement(settings))
    return toOpened(session, row)
  } catch (error) {
    await session?.close()
    throw error instanceof OperatorError
      ? connectError(error, place, live.connect.addresses)
      : statementError(error, place)
  } finally {
    ended()
  }
}

/**
 * Returns the options for connecting, whose signal is cut off when `ended` is called. An interrupted command
 * still has to end its operation in the internal database, in statements that take no time; so a connection
 * that is opened again for that gets a moment.
 */
function untilConnected(
  options: SessionOptions,
  isAgain: boolean,
): { options: SessionOptions; ended: () => void } {
  const { signal } = options
  if (signal === undefined) return { options, ended() {} }
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const forward = () => controller.abort(signal.reason)
  if (!signal.aborted) signal.addEventListener('abort', forward, { once: true })
  else if (isAgain) timer = setTimeout(forward, LAST_STATEMENT_MS)
  else forward()
  return {
    options: { ...options, signal: controller.signal },
    ended() {
      signal.removeEventListener('abort', forward)
      clearTimeout(timer)
    },
  }
}

type Settings = Readonly<Record<string, string>>

function sessionSettings({ lockTimeoutMs }: LiveOptions, isReadOnly: boolean): Settings {
  return {
    search_path: '',
    // No policy of a table's owner runs, and none hides rows: the server refuses the statement instead.
    row_security: 'off',
    lock_timeout: String(lockTimeoutMs),
    statement_timeout: String(STATEMENT_TIMEOUT_MS),
    // The connection waits while the user database is worked on. Servers before PostgreSQL 14 lack it.
    idle_session_timeout: '0',
    idle_in_transaction_session_timeout: String(STATEMENT_TIMEOUT_MS),
    standard_conforming_strings: 'on',
    // A statement that waited for a lock has to see what was committed meanwhile.
    default_transaction_isolation: 'read committed',
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    // For writing, it stays what the role or the database has.
    ...(isReadOnly ? { default_transaction_read_only: 'on' } : {}),
  }
}

function settingRows(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `(${quoteLiteral(name)}, ${quoteLiteral(value)})`)
    .join(', ')
}

function settingsStatement(settings: Settings): string {
  return (
    'SELECT pg_catalog.set_config(s.name, s.value, false) ' +
    `FROM (VALUES ${settingRows(settings)}) AS s (name, value) ` +
    'WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL'
  )
}

async function readAnswer(session: Session, settings: Settings): Promise<AnswerRow> {
  const script = compose(OPENING_SCRIPT, {
    // Without a number of its own there is nothing to compare: NULL is neither equal nor unequal.
    key_pid: session.keyDataPid === null ? '(-1)' : `(${session.keyDataPid | 0})`,
    settings: settingRows(settings),
    journal_version: String(JOURNAL_VERSION),
    entries_query: ENTRIES_QUERY,
  })
  const [row] = await session.check(() => session.run<AnswerRow>(script))
  if (row === undefined) throw new Error('the internal database returned no row')
  return row
}

function hasOwnProcess({ keyDataPid }: Session, { backend_pid }: AnswerRow): boolean {
  return keyDataPid !== null && (keyDataPid | 0) === (backend_pid | 0)
}

function toOpened(session: Session, row: AnswerRow): Opened {
  const { answer } = row
  return {
    session,
    facts: {
      mayRead: answer.may_read,
      names: answer.names,
      schema: row.schema,
      schemas: row.schemas,
      tables: row.tables,
      otherOwners: row.owners,
      mayCreateSchema: row.may_create_schema,
      isStandby: row.is_in_recovery,
      isWritable: row.read_only_default !== 'on',
      hasJournal: answer.journal_state === 'present',
    },
    systemIdentifier: answer.system_identifier,
    databaseOid: row.database_oid,
    firstMigration: answer.first_migration,
    journal: {
      state: answer.journal_state,
      version: answer.journal_version,
      entries: answer.entries,
    },
  }
}
