import { z } from 'zod'
import type { StoredDatabase } from '../../store/types.ts'
import { listedFields } from './db-list.ts'
import { objectOf, type Warnings, warnings } from './define.ts'

export const dbShowDocument = objectOf<Omit<StoredDatabase, 'id'> & Warnings>()({
  ...listedFields,
  roles: z
    .array(z.string())
    .exactOptional()
    .describe(
      'In the internal database of a Mathesar from 0.2.0 on: all stored roles of its server, those that ' +
        'users of this database work as first, and of these the used one first; missing if there is ' +
        'exactly one.',
    ),
  sslrootcert: z
    .string()
    .nullable()
    .describe('File with trusted certificate authorities, "system", or null for the default of libpq.'),
  ...warnings,
}).describe('The record of one database, without its password.')
