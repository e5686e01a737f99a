import { z } from 'zod'
import type { ErrorFacts, KeptDatabase } from '../../errors.ts'
import { type FieldsOf, objectOf, time } from './define.ts'
import { dependent, errorCode, releases, remainsOf } from './objects.ts'

const facts = {
  reason: z
    .string()
    .exactOptional()
    .describe('What exactly failed, such as "timeout", "resolve" or "pg_hba".'),
  step: z.string().exactOptional().describe('The step of connecting that took too long.'),
  host: z.string().exactOptional().describe('The host name that a certificate does not have.'),
  certificate: z.array(z.string()).exactOptional().describe('The names that the certificate has.'),
  tls: z.string().exactOptional().describe('The code of a TLS failure.'),
  address: z
    .string()
    .nullable()
    .exactOptional()
    .describe('The address of the client, as the server sees it.'),
  addresses: z.array(z.string()).exactOptional().describe('The addresses that were tried.'),
  errno: z
    .union([z.string(), z.array(z.string())])
    .exactOptional()
    .describe('The error code of the operating system, such as "ECONNREFUSED"; one for each address.'),
  path: z.string().exactOptional().describe('The path of a socket file.'),
  version: z.string().exactOptional().describe('The version of the server.'),
  oldest: z.int().exactOptional().describe('The oldest version of PostgreSQL that is supported.'),
  newest: z.int().exactOptional().describe('The newest version of PostgreSQL that is supported.'),
  privilege: z.string().exactOptional().describe('The privilege that the role lacks.'),
  database: z.string().exactOptional().describe('The PostgreSQL database.'),
  schema: z.string().exactOptional().describe('The schema that the role lacks the privilege on.'),
  role: z.string().exactOptional().describe('The PostgreSQL role.'),
  missing: z.array(z.string()).exactOptional().describe('The schemas that would have to be created.'),
  owner: z.string().exactOptional().describe('The role that owns the schemas.'),
  owners: z.array(z.string()).exactOptional().describe('The roles that own the objects.'),
  objects: z.array(z.string()).exactOptional().describe("The objects that the role can't change."),
  statements: z
    .array(z.string())
    .exactOptional()
    .describe('Statements that mend what is wrong, for a superuser to run.'),
  remains: remainsOf.exactOptional().describe('What is left, where no Mathesar can work with the schemas.'),
  release: releases.nullable().exactOptional().describe('The releases of Mathesar that it may be of.'),
  dependents: z.array(dependent).exactOptional().describe('The objects that depend on the Mathesar schemas.'),
  refused: z.array(dependent).exactOptional().describe("Those of them that can't be converted."),
  alsoUsedBy: z
    .array(z.string())
    .exactOptional()
    .describe('Names of other stored databases that are the same database, and use its Mathesar schemas.'),
  grants: z
    .array(z.string())
    .exactOptional()
    .describe('The SQL statements that give the role what it lacks.'),
  keptDatabase: objectOf<KeptDatabase>()({
    database: z.string().describe('The PostgreSQL database.'),
    reason: z
      .enum(['contents', 'sessions', 'settings', 'error'])
      .describe(
        'Why it stays: something was put into it, somebody is connected, its settings or privileges were changed, or it could not be dropped.',
      ),
    closed: z.boolean().describe('Whether it takes no connections, and must be opened again.'),
  })
    .exactOptional()
    .describe('A database that the run created and did not drop again.'),
  outcome: z
    .enum(['unknown'])
    .exactOptional()
    .describe(
      'Present if the connection was lost during COMMIT, so that the server may have committed the change.',
    ),
  installId: z.string().exactOptional().describe('The identifier of the install whose outcome is not known.'),
  pid: z.int().exactOptional().describe('The process of the server whose session holds the lock.'),
  applicationName: z.string().exactOptional().describe('The application name of that session.'),
  relation: z.string().nullable().exactOptional().describe('The relation that the session holds locked.'),
  keyEndsWithNewline: z.boolean().exactOptional().describe('Whether the secret key ends with a line break.'),
  running: z.string().exactOptional().describe('The identifier of the operation that another process runs.'),
  interrupted: z.string().exactOptional().describe('The identifier of the operation that was interrupted.'),
  untrusted: objectOf<NonNullable<ErrorFacts['untrusted']>>()({
    kind: z
      .enum(['foreign', 'writable', 'replaced'])
      .describe(
        'Whether it is another user’s, other users can write to it, or it was replaced while it was read.',
      ),
    path: z.string().describe('The file, directory or symbolic link in question.'),
  })
    .exactOptional()
    .describe('Why a file is not used: who else could have put something else there.'),
  startedAt: time().exactOptional().describe('When that operation began, ISO 8601 in UTC.'),
} satisfies FieldsOf<ErrorFacts>

/** What an error is on stderr with `--json`. */
export const errorDocument = z
  .strictObject({
    error: objectOf<
      { code: string; message: string; hint: string; sqlstate?: string; field?: string } & ErrorFacts
    >()({
      code: errorCode.describe('The error code.'),
      message: z.string().describe('One sentence that says what is wrong.'),
      hint: z.string().describe('What to do about it.'),
      sqlstate: z.string().exactOptional().describe('The SQLSTATE of the error that the server sent.'),
      field: z.string().exactOptional().describe('The flag, argument or question that the error is about.'),
      ...facts,
    }).describe('The error. All members but code, message and hint are there only where they apply.'),
  })
  .describe('An error, on standard error.')
