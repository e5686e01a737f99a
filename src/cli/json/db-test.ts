import { z } from 'zod'
import type { DatabaseTest } from '../../databases/test.ts'
import { objectOf } from './define.ts'
import { errorCode, presentSchema } from './objects.ts'

export const dbTestDocument = z
  .array(
    objectOf<DatabaseTest>()({
      name: z.string().describe('Name under which the database is stored.'),
      role: z
        .string()
        .exactOptional()
        .describe('The role that was tested, if several are stored for the database.'),
      ok: z.boolean().describe('Whether the database passed all tests.'),
      serverVersion: z
        .string()
        .nullable()
        .describe('Version of the server; null if the test could not connect.'),
      privileges: objectOf<NonNullable<DatabaseTest['privileges']>>()({
        superuser: z.boolean().describe('Whether the role is a superuser.'),
        owner: z.boolean().describe('Whether the role owns the database.'),
        create: z.boolean().describe('Whether the role has the privilege CREATE on the database.'),
      })
        .nullable()
        .describe('The privileges of the role; null if the test could not connect.'),
      abilities: objectOf<NonNullable<DatabaseTest['abilities']>>()({
        connect: z.boolean().describe('Whether the role can connect.'),
        useSchemas: z.boolean().describe('Whether the role has USAGE on the Mathesar schemas.'),
        callFunctions: z
          .boolean()
          .describe('Whether the role has EXECUTE on the functions in the Mathesar schemas.'),
        readTables: z
          .boolean()
          .describe('Whether the role has SELECT on the tables in the Mathesar schemas.'),
        useTypes: z.boolean().describe('Whether the role has USAGE on the types in the Mathesar schemas.'),
        createSchemas: z.boolean().describe('Whether the role can create schemas.'),
        createTables: z.boolean().describe('Whether the role can create tables in at least one schema.'),
      })
        .nullable()
        .describe('What the role can do; null if the test could not connect.'),
      schema: presentSchema
        .nullable()
        .describe(
          'The installed Mathesar schemas; null if there are none, or if the test could not connect.',
        ),
      error: objectOf<NonNullable<DatabaseTest['error']>>()({
        code: errorCode.describe('The error code.'),
        message: z.string().describe('One sentence that states the problem.'),
        hint: z.string().describe('What the operator can do about it.'),
      })
        .nullable()
        .describe('The problem; null if "ok" is true.'),
    }),
  )
  .describe('The tested databases, with one element for each.')
