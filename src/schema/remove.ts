import { OperatorError } from '../errors.ts'
import type { ServerNotice, Session } from '../postgres/types.ts'
import { dependentsError, findDependents, listDependents } from './dependents.ts'
import { planRemove } from './privileges.ts'
import { noticeReader } from './progress.ts'
import { DROP_CONTENTS, dropSchemas } from './removal-script.ts'
import { actAsScript, inSchemaTransaction, sqlstate } from './transaction.ts'
import type { RemoveOptions } from './types.ts'

/**
 * Removes the Mathesar schemas, whoever installed them, in one transaction under the advisory lock. Never cascades:
 * anything outside that depends on them, or a user's own object inside, stops it, and nothing is changed.
 *
 * Returns what was dropped, such as `schema msar`; nothing if there was nothing. Errors: `DEPENDENTS_EXIST` with
 * `details.data.dependents`, `INSUFFICIENT_PRIVILEGE`, `SCHEMA_CONFLICT` (several owners), `LOCKED`, and
 * `CONNECTION_FAILED` with `details.data.outcome` = `unknown` if the connection was lost at COMMIT.
 */
export async function removeSchema(session: Session, options: RemoveOptions): Promise<{ dropped: string[] }> {
  const remove = () =>
    inSchemaTransaction(
      session,
      options.lockTimeoutMs,
      async ({ state, facts }) => {
        const names = state.schemas.map((schema) => schema.name)
        if (names.length === 0) return { dropped: [] }
        const { actAs } = planRemove(state, facts)
        await dropContents(session, actAsScript(actAs), dropSchemas(names), noticeReader(options))
        return { dropped: names.map((name) => `schema ${name}`) }
      },
      { what: 'the removal' },
    )
  return describeRefusal(session, remove)
}

/**
 * Drops everything inside the schemas, within the transaction that is open, between the statements `before` and
 * `after`. Rejects, with whatever error, if anything depends on them: see `describeRefusal`.
 */
export async function dropContents(
  session: Session,
  before: string,
  after: string,
  onNotice: (notice: ServerNotice) => void,
): Promise<void> {
  const dependents = await findDependents(session)
  if (dependents.length > 0) throw dependentsError(dependents, session.settings.database)
  await session.run([before, DROP_CONTENTS, after].join('\n'), onNotice)
}

/**
 * Runs work that drops; if dependents stop it, throws an error that lists them all with their rows. They are listed
 * once the transaction is over, so that counting neither holds nor waits for a lock inside it.
 */
export async function describeRefusal<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const refused =
      sqlstate(error) === '2BP01' || (error instanceof OperatorError && error.code === 'DEPENDENTS_EXIST')
    if (!refused) throw error
    const dependents = await listDependents(session).catch(() => [])
    if (dependents.length === 0) throw error instanceof OperatorError ? unlisted(error) : error
    throw dependentsError(dependents, session.settings.database)
  }
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
