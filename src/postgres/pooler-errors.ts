import type pg from 'pg'
import type { Classified, ErrorTarget } from './classified.ts'
import { describeServer } from './describe.ts'

/** Classifies answers of PgBouncer and similar poolers with SQLSTATE 08P01, which are never translated. */
export function poolerError(error: pg.DatabaseError, target: ErrorTarget): Classified | null {
  const { message } = error
  const pooled = (text: string, hint: string, field?: string): Classified => ({
    code: 'POOLED_CONNECTION',
    message: text,
    hint,
    ...(field === undefined ? {} : { field }),
  })
  const server = describeServer(target)
  if (/^no such database/i.test(message)) {
    return pooled(
      `The connection pooler at ${server} has no database "${target.database}".`,
      'Use the host and port of PostgreSQL itself instead of the pooler, or add the database to the pooler.',
      'database',
    )
  }
  if (/unsupported startup parameter/i.test(message)) {
    return pooled(
      `The connection pooler at ${server} does not accept a parameter that the connection sends at start-up.`,
      'Leave "options" out of the connection string, or use the host and port of PostgreSQL itself.',
      'dsn',
    )
  }
  if (/transaction blocks not allowed in statement pooling mode/i.test(message)) {
    return pooled(
      `The connection pooler at ${server} pools statements, so that no transaction is possible.`,
      'Use the host and port of PostgreSQL itself, or of a pooler in session mode.',
      'port',
    )
  }
  return null
}
