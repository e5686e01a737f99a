import { OperatorError } from '../errors.ts'
import type { ServerNotice, Session } from '../postgres/types.ts'
import { dependentsError, findDependents, listDependents } from './dependents.ts'
import { planRemove } from './privileges.ts'
import { noticeReader } from './progress.ts'
import { dropContentsScript, dropSchemas } from './removal-script.ts'
import { actAsScript, inSchemaTransaction, sqlstate } from './transaction.ts'
import type { Dependent, Removal, RemoveOptions } from './types.ts'

/**
 * Removes the Mathesar schemas, whoever installed them, in one transaction under the advisory lock. Never cascades:
 * anything outside that depends on them, or a user's own object inside, stops it, and nothing is changed.
 *
 * Returns what was dropped, such as `schema msar`; nothing if there was nothing. Errors: `DEPENDENTS_EXIST` with
 * `details.data.dependents`, `INSUFFICIENT_PRIVILEGE`, `SCHEMA_CONFLICT` (several owners), `LOCKED`, and
 * `CONNECTION_FAILED` with `details.data.outcome` = `unknown` if the connection was lost at COMMIT.
 */
export async function removeSchema(session: Session, options: RemoveOptions): Promise<Removal> {
  const remove = () =>
    inSchemaTransaction(
      session,
      options.lockTimeoutMs,
      async ({ state, facts }) => {
        const names = state.schemas.map((schema) => schema.name)
        if (names.length === 0) return { dropped: [], converted: [], notes: [] }
        const { actAs } = planRemove(state, facts)
        await dropContents(session, actAsScript(actAs), dropSchemas(names), noticeReader(options))
        return { dropped: names.map((name) => `schema ${name}`), converted: [], notes: [] }
      },
      { what: 'the removal' },
    )
  return describeRefusal(session, remove)
}

/**
 * Drops everything inside the schemas, within the transaction that is open, between the statements `before` and
 * `after`. Rejects, with whatever error, if anything depends on them: see `describeRefusal`.
 */
async function dropContents(
  session: Session,
  before: string,
  after: string,
  onNotice: (notice: ServerNotice) => void,
): Promise<void> {
  const dependents = await findDependents(session)
  if (dependents.length > 0) throw dependentsError(dependents, session.settings.database)
  await session.run([before, dropContentsScript('all'), after].join('\n'), onNotice)
}

/**
 * Runs work that drops; if dependents stop it, throws an error that lists them all with their rows, or those of them that
 * are `inTheWay`. They are listed once the transaction is over, so that counting neither holds nor waits for a lock
 * inside it.
 */
export async function describeRefusal<T>(
  session: Session,
  work: () => Promise<T>,
  inTheWay: (dependent: Dependent) => boolean = () => true,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isRefusal(error)) throw error
    const dependents = (await listDependents(session).catch(() => [])).filter(inTheWay)
    if (dependents.length === 0) throw error instanceof OperatorError ? unlisted(error) : error
    throw dependentsError(dependents, session.settings.database)
  }
}

/** 42P13: a function that is in use can't be replaced by one with another result. */
function isRefusal(error: unknown): boolean {
  const state = sqlstate(error)
  return (
    state === '2BP01' ||
    state === '42P13' ||
    (error instanceof OperatorError && error.code === 'DEPENDENTS_EXIST')
  )
}

/** The server refused, and what stood in the way was gone or could not be listed by the time it was looked for. */
function unlisted(error: OperatorError): OperatorError {
  if (error.code === 'DEPENDENTS_EXIST') return error
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `The server refused to drop the Mathesar schemas: ${error.message}`,
    'Nothing was changed. Look for what is in the way with: mathesarctl schema dependents.',
    error.details,
  )
}
