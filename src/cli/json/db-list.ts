import { z } from 'zod'
import { SSL_MODES } from '../../postgres/types.ts'
import type { StoredDatabase } from '../../store/types.ts'
import { type FieldsOf, objectOf, time } from './define.ts'
import { schemaVersion } from './objects.ts'

/** A stored database, as `db list` prints it. */
type ListedDatabase = Omit<StoredDatabase, 'id' | 'sslrootcert'>

export const listedFields = {
  name: z.string().describe('Name under which the database is stored.'),
  host: z
    .string()
    .describe('Host name, address or directory of a Unix socket; empty for a record of an old Mathesar.'),
  port: z.int().describe('TCP port.'),
  database: z.string().describe('Name of the PostgreSQL database.'),
  user: z.string().describe('The PostgreSQL role.'),
  sslmode: z.enum(SSL_MODES).describe('TLS mode of libpq.'),
  schema: schemaVersion
    .nullable()
    .describe('The Mathesar schemas when they were last looked at; null where none are known.'),
  createdAt: time().describe('When the record was created, ISO 8601 in UTC.'),
  updatedAt: time().describe('When the record was last changed, ISO 8601 in UTC.'),
} satisfies FieldsOf<ListedDatabase>

export const dbListDocument = z
  .array(objectOf<ListedDatabase>()(listedFields))
  .describe('The stored databases by name.')
