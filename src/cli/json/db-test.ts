import { z } from 'zod'
import type { DatabaseTest } from '../../databases/test.ts'
import { objectOf } from './define.ts'
import { errorCode, schemaVersion } from './objects.ts'

export const dbTestDocument = z
  .array(
    objectOf<DatabaseTest>()({
      name: z.string().describe('Name under which the database is stored.'),
      ok: z.boolean().describe('Whether everything that was tested is in order.'),
      serverVersion: z.string().nullable().describe("Version of the server; null where it can't be asked."),
      privileges: objectOf<NonNullable<DatabaseTest['privileges']>>()({
        superuser: z.boolean().describe('Whether the role is a superuser.'),
        owner: z.boolean().describe('Whether the role owns the database.'),
        create: z.boolean().describe('Whether the role has the privilege CREATE on the database.'),
      })
        .nullable()
        .describe("The privileges of the role; null where the server can't be asked."),
      abilities: objectOf<NonNullable<DatabaseTest['abilities']>>()({
        connect: z.boolean().describe('Whether the role can connect.'),
        useSchemas: z.boolean().describe('Whether the role has USAGE on the Mathesar schemas.'),
        callFunctions: z.boolean().describe('Whether the role has EXECUTE on the functions in them.'),
        readTables: z.boolean().describe('Whether the role has SELECT on the tables in them.'),
        useTypes: z.boolean().describe('Whether the role has USAGE on the types in them.'),
        createSchemas: z.boolean().describe('Whether the role can create schemas.'),
        createTables: z.boolean().describe('Whether the role can create tables in any schema.'),
      })
        .nullable()
        .describe("What the role can do; null where the server can't be asked."),
      schema: schemaVersion
        .nullable()
        .describe(
          "The Mathesar schemas that are installed; null where none are, or the server can't be asked.",
        ),
      error: objectOf<NonNullable<DatabaseTest['error']>>()({
        code: errorCode.describe('The error code.'),
        message: z.string().describe('One sentence that says what is wrong.'),
        hint: z.string().describe('What to do about it.'),
      })
        .nullable()
        .describe('What is wrong; null where "ok" is true.'),
    }),
  )
  .describe('The tested databases, one element each.')
