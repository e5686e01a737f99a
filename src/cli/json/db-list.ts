import { z } from 'zod'
import { SSL_MODES } from '../../databases/interface/connection-values.ts'
import type { StoredDatabase } from '../../store/types.ts'
import { type FieldsOf, objectOf, time } from './define.ts'
import { schemaVersion, userAccess } from './objects.ts'

/** A stored database, as `db list` prints it. */
export type ListedDatabase = Omit<StoredDatabase, 'id' | 'sslrootcert' | 'roles'>

export const listedFields = {
  name: z.string().describe('Name under which the database is stored.'),
  host: z
    .string()
    .describe(
      'Host name, address or directory of a Unix socket; may be empty in a record of an old Mathesar.',
    ),
  port: z.int().describe('TCP port.'),
  database: z.string().describe('Name of the PostgreSQL database.'),
  user: z.string().describe('Name of the PostgreSQL role.'),
  sslmode: z.enum(SSL_MODES).describe('TLS mode of libpq.'),
  schema: schemaVersion
    .nullable()
    .describe('The Mathesar schemas at the last check; null if none are known.'),
  createdAt: time().describe('Time when the record was created, ISO 8601 in UTC.'),
  updatedAt: time().describe('Time of the last change of the record, ISO 8601 in UTC.'),
  access: userAccess
    .exactOptional()
    .describe('In the internal database of a Mathesar from 0.2.0 on: who may use the database there.'),
  confirmedVersion: z
    .string()
    .nullable()
    .exactOptional()
    .describe("The version of Mathesar's SQL that Mathesar recorded; 0.0.0 if it has installed none."),
} satisfies FieldsOf<ListedDatabase>

export const dbListDocument = z
  .array(objectOf<ListedDatabase>()(listedFields))
  .describe('The stored databases, sorted by name.')
