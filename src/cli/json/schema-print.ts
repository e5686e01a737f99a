import { z } from 'zod'
import { warnings } from './define.ts'

export const schemaPrintDocument = z
  .strictObject({
    source: z
      .string()
      .describe('Source of the SQL: "bundled", or "release" for that of a release of Mathesar.'),
    version: z.string().describe('Version of the SQL.'),
    sql: z.string().describe('The SQL that an install runs.'),
    ...warnings,
  })
  .describe('The SQL that an install runs.')
