import { z } from 'zod'
import type { AddDatabaseResult } from '../../databases/add/index.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'
import { installedSchema, schemaAction, userAccess } from './objects.ts'

export const dbAddDocument = objectOf<AddDatabaseResult & Warnings>()({
  name: z.string().describe('Name under which the database is stored.'),
  status: z
    .enum(['added', 'updated', 'unchanged', 'planned'])
    .describe(
      'What the run did: "added" created a record; "updated" changed an existing one; "unchanged" ' +
        'means that there was nothing to do; "planned" means --dry-run.',
    ),
  schema: installedSchema
    .nullable()
    .describe('The Mathesar schemas in the database after the run; null if there are none.'),
  schemaAction: z
    .enum([...schemaAction.options, 'none'])
    .describe(
      'What the run did, or would do, with the Mathesar schemas, as for "schema install"; "none" with ' +
        '--register-only.',
    ),
  awaitsInstall: z
    .literal(true)
    .exactOptional()
    .describe(
      "True if Mathesar has to install its own SQL in the database: it asks for the role's login in its " +
        'web page.',
    ),
  createdDatabase: z.boolean().describe('Whether the run created the database on the server.'),
  createsDatabase: z
    .boolean()
    .exactOptional()
    .describe('With --dry-run: true if the database does not exist and the run would create it.'),
  storedServer: z
    .strictObject({
      host: z.string().describe('The host of the stored server.'),
      port: z.int().describe('Its port.'),
    })
    .exactOptional()
    .describe('The spelling in which the server was stored before, if the run uses that one instead.'),
  access: userAccess
    .exactOptional()
    .describe('Who may use the database in Mathesar after the run; missing if Mathesar has no such users.'),
  accessChanges: z
    .array(
      z.strictObject({
        user: z.string().describe('Name of a user of Mathesar.'),
        role: z.string().describe('Role that Mathesar connects as for this user after the run.'),
        before: z.string().nullable().describe('Role until then; null if the user had no access.'),
      }),
    )
    .exactOptional()
    .describe('The users to whom the run gives access, or another role; missing if there are none.'),
  passwordSharedWith: z
    .array(z.string())
    .exactOptional()
    .describe('Other stored databases for which the run replaces the password of that role, too.'),
  sslmodeSharedWith: z
    .array(z.string())
    .exactOptional()
    .describe('Other stored databases of the server, for which the run changes the TLS mode, too.'),
  updated: z
    .array(z.string())
    .describe('With status "updated": the names of the settings that changed, never their values.'),
  alsoStoredAs: z.array(z.string()).describe('Other names under which the same database is stored.'),
  durationMs: count().describe("Duration in milliseconds, without the time for the operator's answers."),
  ...warnings,
}).describe('The database that was added.')
