import type pg from 'pg'
import { toRun } from '../hint.ts'
import type { Classified, ErrorTarget } from './classified.ts'
import type { MissingPrivilege } from './errors.ts'
import { quoteIdentifier } from './quote.ts'

/** Returns what lets a role have a database of its own that does not exist yet. */
export function createdbHint({ user, database }: Pick<ErrorTarget, 'user' | 'database'>): string {
  return toRun(
    'Ask an administrator to run one of these:',
    `ALTER ROLE ${quoteIdentifier(user)} CREATEDB;`,
    createDatabaseStatement({ user, database }),
  )
}

/** Returns the statement with which an administrator creates a database for a role. */
export function createDatabaseStatement({ user, database }: Pick<ErrorTarget, 'user' | 'database'>): string {
  return `CREATE DATABASE ${quoteIdentifier(database)} OWNER ${quoteIdentifier(user)};`
}

/** Classifies SQLSTATE 42501: the privilege that is missing, and the statement that grants it. */
export function privilegeError(error: pg.DatabaseError, target: ErrorTarget): Classified | null {
  if (error.code !== '42501') return null
  const role = quoteIdentifier(target.user)
  const database = quoteIdentifier(target.database)
  const missing = (message: string, hint: string, privilege: MissingPrivilege): Classified => ({
    code: 'INSUFFICIENT_PRIVILEGE',
    message,
    hint,
    privilege,
  })
  // Only the login checks CONNECT; later the same message is about CREATE.
  if (error.routine === 'CheckMyDatabase') {
    return missing(
      `Role "${target.user}" lacks the privilege CONNECT on database "${target.database}".`,
      toRun("Ask the database's owner to run:", `GRANT CONNECT ON DATABASE ${database} TO ${role};`),
      'CONNECT',
    )
  }
  if (/permission denied for database/.test(error.message)) {
    return missing(
      `Role "${target.user}" lacks the privilege CREATE on database "${target.database}".`,
      toRun("Ask the database's owner to run:", `GRANT CREATE ON DATABASE ${database} TO ${role};`),
      'CREATE',
    )
  }
  if (error.routine === 'createdb' || /permission denied to create database/.test(error.message)) {
    return missing(
      `Role "${target.user}" may not create databases: it lacks the attribute CREATEDB.`,
      createdbHint(target),
      'CREATEDB',
    )
  }
  const schema = /permission denied for schema (.+)$/.exec(error.message)?.[1]
  if (schema !== undefined) {
    return missing(
      `Role "${target.user}" lacks a privilege on schema "${schema}".`,
      toRun(
        "Ask the schema's owner to run:",
        `GRANT USAGE, CREATE ON SCHEMA ${quoteIdentifier(schema)} TO ${role};`,
      ),
      'USAGE, CREATE',
    )
  }
  const owned = /must be owner of (.+)$/.exec(error.message)?.[1]
  if (owned !== undefined) {
    return missing(
      `Role "${target.user}" is not the owner of ${owned}.`,
      `Use the role that owns it, or ask an administrator to make "${target.user}" a member of that role with GRANT.`,
      'owner',
    )
  }
  return missing(
    `Role "${target.user}" lacks a privilege: ${error.message}.`,
    `Ask the owner of the object to GRANT the privilege to ${role}, or use the role that owns it.`,
    'unknown',
  )
}
