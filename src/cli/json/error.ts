import { z } from 'zod'
import type { ErrorFacts, KeptDatabase } from '../../errors.ts'
import { type FieldsOf, objectOf, time, warnings } from './define.ts'
import { dependent, errorCode, releases, remainsOf } from './objects.ts'

const facts = {
  reason: z.string().exactOptional().describe('The exact cause, such as "timeout", "resolve" or "pg_hba".'),
  step: z.string().exactOptional().describe('The step of the connection attempt that exceeded the deadline.'),
  host: z.string().exactOptional().describe('The host name that the certificate does not contain.'),
  certificate: z.array(z.string()).exactOptional().describe('The names that the certificate contains.'),
  tls: z.string().exactOptional().describe('The code of a TLS failure.'),
  address: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The address of the client, as the server sees it.'),
  passwordSource: z
    .string()
    .exactOptional()
    .describe(
      'Where a refused password came from: "file" or "stdin" (by a flag), "dsn", "service", "environment", ' +
        '"password file", "prompt" or "stored" (in the internal database, or in the source of an import).',
    ),
  addresses: z.array(z.string()).exactOptional().describe('The addresses that the run tried.'),
  errno: z
    .union([z.string(), z.array(z.string())])
    .exactOptional()
    .describe(
      'The error code of the operating system, such as "ECONNREFUSED"; an array with one for each address.',
    ),
  path: z.string().exactOptional().describe('The path of a socket file.'),
  version: z.string().exactOptional().describe('The version of the server.'),
  oldest: z.int().exactOptional().describe('The oldest supported version of PostgreSQL.'),
  newest: z.int().exactOptional().describe('The newest supported version of PostgreSQL.'),
  privilege: z.string().exactOptional().describe('The privilege that the role lacks.'),
  database: z.string().exactOptional().describe('The PostgreSQL database.'),
  schema: z.string().exactOptional().describe('The schema on which the role lacks the privilege.'),
  role: z.string().exactOptional().describe('The PostgreSQL role.'),
  missing: z.array(z.string()).exactOptional().describe('The Mathesar schemas that do not exist.'),
  owner: z.string().exactOptional().describe('The role that owns the schemas.'),
  owners: z.array(z.string()).exactOptional().describe('The roles that own the objects.'),
  objects: z.array(z.string()).exactOptional().describe('The objects that the role cannot change.'),
  statements: z
    .array(z.string())
    .exactOptional()
    .describe('Statements that solve the problem; a superuser must run them.'),
  remains: remainsOf
    .exactOptional()
    .describe('Which parts are left, if no Mathesar can work with the schemas.'),
  release: releases
    .nullable()
    .exactOptional()
    .describe('The releases of Mathesar that may have installed the schemas.'),
  dependents: z.array(dependent).exactOptional().describe('The objects that depend on the Mathesar schemas.'),
  mentions: z
    .array(dependent)
    .exactOptional()
    .describe('The routines whose text names the Mathesar schemas. They do not prevent the removal.'),
  refused: z.array(dependent).exactOptional().describe('The dependents that cannot be converted.'),
  names: z
    .array(z.string())
    .exactOptional()
    .describe('The full names of the stored databases that the given name means.'),
  alsoUsedBy: z
    .array(z.string())
    .exactOptional()
    .describe('Other names under which the same database is stored, and which use its Mathesar schemas.'),
  grants: z
    .array(z.string())
    .exactOptional()
    .describe('The SQL statements that grant the missing privileges.'),
  keptDatabase: objectOf<KeptDatabase>()({
    database: z.string().describe('The PostgreSQL database.'),
    reason: z
      .enum(['contents', 'sessions', 'settings', 'error', 'outcome'])
      .describe(
        'Why the run did not drop it: it is not empty, another session is connected, its settings or ' +
          'privileges were changed, the drop failed, or it is not known whether it was stored.',
      ),
    closed: z.boolean().describe('Whether it refuses connections and somebody must open it again.'),
  })
    .exactOptional()
    .describe('A database that the run created and did not drop again.'),
  outcome: z
    .enum(['unknown'])
    .exactOptional()
    .describe(
      'Present if the connection was lost during COMMIT or a write; the server may have committed the change.',
    ),
  schemaRemoved: z
    .literal(true)
    .exactOptional()
    .describe(
      'Present if the run dropped the Mathesar schemas, and then failed to remove the record of the database.',
    ),
  installId: z.string().exactOptional().describe('The identifier of the install whose outcome is unknown.'),
  pid: z
    .int()
    .exactOptional()
    .describe('The process ID of the session, or of the process, that holds the lock.'),
  applicationName: z.string().exactOptional().describe('The application name of that session.'),
  relation: z.string().nullable().exactOptional().describe('The relation that the session has locked.'),
  since: time()
    .exactOptional()
    .describe('Time when the transaction of that session began, ISO 8601 in UTC, if the server shows it.'),
  keyEndsWithNewline: z.boolean().exactOptional().describe('Whether the secret key ends with a line break.'),
  running: z
    .string()
    .exactOptional()
    .describe('The identifier of the operation that another process is running.'),
  interrupted: z.string().exactOptional().describe('The identifier of the interrupted operation.'),
  function: z.string().exactOptional().describe('The function that raised the error.'),
  eventTrigger: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The event trigger that runs that function, or null if it is unknown.'),
  untrusted: objectOf<NonNullable<ErrorFacts['untrusted']>>()({
    kind: z
      .enum(['foreign', 'writable', 'replaced'])
      .describe(
        'Whether it belongs to another user, other users can write to it, or it was replaced during ' +
          'the read.',
      ),
    path: z.string().describe('The file, directory or symbolic link in question.'),
  })
    .exactOptional()
    .describe('Why the run does not use a file: another user could have replaced it.'),
  startedAt: time().exactOptional().describe('Time when that operation began, ISO 8601 in UTC.'),
} satisfies FieldsOf<ErrorFacts>

/** The error that a command prints on stderr with `--json`. */
export const errorDocument = z
  .strictObject({
    error: objectOf<
      { code: string; message: string; hint: string; sqlstate?: string; field?: string } & ErrorFacts
    >()({
      code: errorCode.describe('The error code.'),
      message: z.string().describe('One sentence that states the problem.'),
      hint: z.string().describe('What the operator can do about it.'),
      sqlstate: z.string().exactOptional().describe('The SQLSTATE of the error that the server sent.'),
      field: z.string().exactOptional().describe('The flag, argument or question that the error is about.'),
      ...facts,
    }).describe('The error. It always has code, message and hint, and other fields if they apply.'),
    ...warnings,
  })
  .describe('An error, on standard error.')
