import { z } from 'zod'
import type { ImportedDatabase, ImportResult } from '../../databases/import/index.ts'
import { BELONGINGS } from '../../databases/interface/belongings.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'
import { errorCode } from './objects.ts'

const importedDatabase = objectOf<ImportedDatabase>()({
  name: z
    .string()
    .describe('Name in the internal database in use; the name in the source if "status" is "failed".'),
  sourceName: z.string().describe('Name in the source.'),
  status: z
    .enum(['imported', 'reused', 'unchanged', 'failed', 'planned'])
    .describe(
      'What the run did: "imported" stored the database; "reused" added a role, a password, users or the ' +
        'record of the schemas to one that was stored already; "unchanged" means that all of it was; ' +
        '"planned" means --dry-run.',
    ),
  action: z.enum(['import', 'reuse']).exactOptional().describe('With --dry-run: what the run would do.'),
  users: z
    .array(z.string())
    .describe(
      'Users of Mathesar who get access to the database as this role by the import; empty for a failed entry, ' +
        'and for an internal database without users.',
    ),
  passwordSharedWith: z
    .array(z.string())
    .describe(
      'Names of other stored databases with the same role on the same server: the password of this entry ' +
        'replaces theirs.',
    ),
  host: z.string().nullable().describe('Host of the server; null if the key does not open the entry.'),
  port: z.int().nullable().describe('TCP port; null if the key does not open the entry.'),
  database: z
    .string()
    .nullable()
    .describe('Name of the PostgreSQL database; null if the key does not open the entry.'),
  user: z.string().nullable().describe('The PostgreSQL role; null if the key does not open the entry.'),
  error: objectOf<NonNullable<ImportedDatabase['error']>>()({
    code: errorCode.describe('The error code.'),
    message: z.string().describe('One sentence that states the problem.'),
    hint: z.string().describe('What the operator can do about it.'),
  })
    .nullable()
    .describe('The problem; null unless "status" is "failed".'),
})

/** The internal databases of an import: their paths, or their URLs without a password. */
export interface ImportPlaces {
  from: string
  into: string
}

export const dbImportDocument = objectOf<ImportPlaces & ImportResult & Warnings>()({
  from: z.string().describe('The source: the path of its file, or its URL without a password.'),
  into: z
    .string()
    .describe('The internal database in use: the path of its file, or its URL without a password.'),
  databases: z
    .array(importedDatabase)
    .describe('The entries of the source in the order of their names: a database as one of its roles each.'),
  imported: count().describe('How many of them the run stored, or added to what was stored.'),
  failed: count().describe('How many of them failed.'),
  notCopied: z
    .partialRecord(z.enum(BELONGINGS), count())
    .describe(
      'How much of what Mathesar keeps about these databases stays in the source; what there is none of is ' +
        'left out.',
    ),
  needsUpgrade: z
    .boolean()
    .describe(
      'Whether some of these databases lack the Mathesar schemas that the internal database in use needs: ' +
        '"db upgrade --all" installs them.',
    ),
  ...warnings,
}).describe('The databases that were copied from another internal database.')
