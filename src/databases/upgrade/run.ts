import { randomUUID } from 'node:crypto'
import { OperatorError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import { isSameDatabase } from '../../postgres/checks.ts'
import { readServerFacts } from '../../postgres/facts.ts'
import { installSchema } from '../../schema/install/install.ts'
import type { SchemaState } from '../../schema/types.ts'
import type { ConnectionTarget, StoredDatabase, StoredSchema } from '../../store/types.ts'
import { findStored, openAsActingRole } from '../acting-role.ts'
import { DEFAULT_LOCK_TIMEOUT_MS } from '../events.ts'
import { eventsAbout } from '../events-about.ts'
import { refuseInternalByIdentity } from '../internal-target.ts'
import { closing, withStoredPassword } from '../open.ts'
import { decideUpgrade } from './decide.ts'
import { errorOf, isWritten } from './plan.ts'
import type {
  Blocked,
  DatabaseUpgrade,
  Looked,
  UpgradeGroup,
  UpgradeOptions,
  UpgradeRequest,
} from './types.ts'

/**
 * Carries out what is planned for the records of one database, and returns what became of each of them; a
 * failure is the `error` of a row. The SQL runs in one transaction, and a write to the internal database
 * records it. If the run is killed in between, the next one finds the schemas and only records them.
 *
 * Errors: the signal's reason; everything that is no OperatorError.
 */
export async function runGroup(
  request: UpgradeRequest,
  { leader, followers }: UpgradeGroup,
): Promise<DatabaseUpgrade[]> {
  const { options } = request
  const { name, action, from, to } = leader
  const records = [leader, ...followers]
  let seen: readonly (StoredDatabase | null)[] = records.map(({ stored }) => stored)
  const rows = records.map((one, at) => ({
    one,
    at,
    row: { name: one.name, action, from: one.from ?? from, to, ok: true, error: null } as DatabaseUpgrade,
  }))
  try {
    if (isWritten(action)) {
      request.store.reread()
      seen = await Promise.all(records.map((one) => readAgain(request, one)))
      await installInto(request, leader, seen, eventsAbout(name, options, new Set()))
    }
  } catch (error) {
    if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
    return rows.map(({ row }) => ({ ...row, ok: false, error: errorOf(error, row.name) }))
  }
  const results: DatabaseUpgrade[] = []
  for (const { one, at, row } of rows) {
    const error = await record(request, one, to, seen[at]?.confirmedVersion)
    results.push(error === null ? row : { ...row, ok: false, error: errorOf(error, row.name) })
  }
  return results
}

/** Returns the record as it is now; `null` if it is gone, or leads elsewhere. Errors: those of the store. */
async function readAgain(
  { store }: UpgradeRequest,
  { name, stored: before }: Looked | Blocked,
): Promise<StoredDatabase | null> {
  const stored = await store.find(name)
  return stored !== null && before !== null && isSamePlace(stored, before) ? stored : null
}

/**
 * Installs the SQL over what the look found. Errors: those of connecting and of `installSchema`, `LOCKED`.
 *
 * @param records the records of the database as they are now, that of the leader first
 */
async function installInto(
  { store, source, internal }: UpgradeRequest,
  looked: Looked,
  records: readonly (StoredDatabase | null)[],
  options: UpgradeOptions,
): Promise<void> {
  const { name, state, reading, admin, owner } = looked
  const [stored = null] = records
  if (stored === null) {
    await findStored(store, name)
    throw changedMeanwhile(name)
  }
  const acting = await openAsActingRole(
    store,
    stored,
    { admin, isWarned: true },
    withStoredPassword(options, name),
  )
  await closing(acting.session, async (session) => {
    const facts = await readServerFacts(session)
    // Somebody may have dropped the database since, and created another one of its name.
    if (!isSameDatabase(facts.identity, looked.identity)) throw changedMeanwhile(name)
    await refuseInternalByIdentity(facts, internal, options)
    options.onProgress?.({ type: 'step', step: 'install', detail: `${source.name} ${source.version}` })
    return installSchema(session, source, state, {
      lockTimeoutMs: options.lockTimeoutMs ?? DEFAULT_LOCK_TIMEOUT_MS,
      installId: randomUUID(),
      replace: false,
      earlier: reading,
      owner,
      isNeeded: (now) => isNeeded(now, looked, records, { store, source }),
      onProgress: (progress) => options.onProgress?.({ type: 'progress', step: 'install', progress }),
      onNotice: (message) => options.onProgress?.({ type: 'detail', message }),
      onRetry: (attempt, attempts) => options.onProgress?.({ type: 'retry', attempt, attempts }),
      onLock: (holder) => options.onProgress?.({ type: 'lock', holder }),
    })
  })
}

/**
 * Decides under the lock once more, with the records of this moment: another run, or Mathesar itself, may
 * have been first. Errors: `LOCKED` if the schemas are gone, since whoever removed them does not want them
 * back; those of `decideUpgrade`.
 */
function isNeeded(
  now: SchemaState,
  { name, state: seen, settings }: Looked,
  records: readonly (StoredDatabase | null)[],
  { store, source }: Pick<UpgradeRequest, 'store' | 'source'>,
): boolean {
  if (now.kind === 'absent' && seen.kind !== 'absent') throw changedMeanwhile(name)
  const known = records.filter((record) => record !== null)
  const place = { database: settings.database, generation: store.capabilities.generation }
  const decisions = known.map((record) => decideUpgrade(now, record, source, place))
  // What a Mathesar installed itself is replaced even where it is of the same version by now.
  return now.kind !== 'ours' || decisions.some(({ action }) => isWritten(action))
}

/**
 * Records the schemas in the internal database, unless Mathesar recorded another version since `seenVersion`
 * was read. Returns the error where that fails.
 */
async function record(
  { store }: UpgradeRequest,
  { name, stored }: Looked | Blocked,
  schema: StoredSchema | null,
  seenVersion: string | null | undefined,
): Promise<OperatorError | null> {
  try {
    await store.setSchema(name, schema, stored ?? undefined, seenVersion ?? undefined)
    return null
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    // Another process removed the record, and nobody asks for it any more.
    if (error.code === 'NOT_FOUND') return null
    return error.with({
      hint: joinHints(
        error.hint,
        'The database itself has the schemas: run the same command again, and it records them.',
      ),
    })
  }
}

function isSamePlace(a: Omit<ConnectionTarget, 'user'>, b: Omit<ConnectionTarget, 'user'>): boolean {
  return a.host === b.host && a.port === b.port && a.database === b.database
}

function changedMeanwhile(name: string): OperatorError {
  return new OperatorError(
    'LOCKED',
    `Another process changed the database ${JSON.stringify(name)}, or its record, while this command ran.`,
    'Nothing was changed. Run the same command again: it looks at what is there now.',
  )
}
