import { z } from 'zod'
import type { SetupResult } from '../../databases/setup.ts'
import { objectOf, type Warnings, warnings } from './define.ts'

type KeyState = 'proved' | 'unproved' | 'unusable'

interface Examined {
  releases: string | null
  databases: number
  key: KeyState
}

interface Found {
  kind: 'compose' | 'installation' | 'env-file' | 'sqlite-file' | 'environment'
  file: string | null
  service?: string
  owner?: string
  internalDatabase: string | null
  flags: { internalDb?: string; envFile?: string; address?: string[] }
  mathesar: Examined | null
  error: { code: string; message: string; hint: string } | null
}

interface Importable {
  location: string
  databases: number
}

interface SetupFields {
  secretKey: SetupResult['secretKey'] | null
  internalDatabase: SetupResult['internalDatabase'] | null
  config: string | null
  mathesar: (Examined & { journal: { place: 'database' | 'directory'; created: boolean } }) | null
  written: { status: 'written' | 'unchanged' | 'failed'; lines: string[]; reason?: string } | null
  importable?: Importable[]
  found: Found[]
}

const examined = {
  releases: z
    .string()
    .nullable()
    .describe('The releases of Mathesar that have just these tables; null if none is known.'),
  databases: z.number().int().describe('The number of stored databases.'),
  key: z
    .enum(['proved', 'unproved', 'unusable'])
    .describe(
      'Whether the secret key decrypts what is stored; unproved if nothing is stored yet, unusable if ' +
        'there is no key, if it cannot be read, or if it does not fit.',
    ),
}

const found = objectOf<Found>()({
  kind: z
    .enum(['compose', 'installation', 'env-file', 'sqlite-file', 'environment'])
    .describe('How it was recognized.'),
  file: z.string().nullable().describe('The file that shows it; null for the environment.'),
  service: z.string().exactOptional().describe('The service of the Compose project.'),
  owner: z
    .string()
    .exactOptional()
    .describe('Another user to whom one of its files belongs; then there was no look at it.'),
  internalDatabase: z
    .string()
    .nullable()
    .describe(
      'URL of its internal database, without a password, or path of its SQLite file; null if its files cannot be read.',
    ),
  flags: objectOf<Found['flags']>()({
    internalDb: z.string().exactOptional().describe('Value for --internal-db.'),
    envFile: z.string().exactOptional().describe('Value for --env-file.'),
    address: z.array(z.string()).exactOptional().describe('Values for --address.'),
  }).describe('The flags that take it up.'),
  mathesar: objectOf<Examined>()(examined)
    .nullable()
    .describe('What its internal database shows; null if there was no look, or if it failed.'),
  error: objectOf<NonNullable<Found['error']>>()({
    code: z.string().describe('Error code.'),
    message: z.string().describe('What is wrong.'),
    hint: z.string().describe('What to do.'),
  })
    .nullable()
    .describe('Why it cannot be used as it is; null if nothing is known to be wrong.'),
})

export const setupDocument = objectOf<SetupFields & Warnings>()({
  secretKey: objectOf<SetupResult['secretKey']>()({
    source: z
      .string()
      .describe('Source of the key: the path of a file, or the name of an environment variable.'),
    created: z.boolean().describe('Whether this run created it.'),
  })
    .nullable()
    .describe('The secret key; null if the run only reported what it found.'),
  internalDatabase: objectOf<SetupResult['internalDatabase']>()({
    location: z.string().describe('Path of the file, or URL without a password.'),
    created: z.boolean().describe('Whether this run created it.'),
  })
    .nullable()
    .describe('The internal database; null if the run only reported what it found.'),
  config: z
    .string()
    .nullable()
    .describe('Path of the configuration file, which need not exist; null without a home directory.'),
  mathesar: objectOf<NonNullable<SetupFields['mathesar']>>()({
    ...examined,
    journal: objectOf<NonNullable<SetupFields['mathesar']>['journal']>()({
      place: z.enum(['database', 'directory']).describe('Where pending operations are recorded.'),
      created: z.boolean().describe('Whether this run created the schema mathesarctl for it.'),
    }).describe('The journal of pending operations.'),
  })
    .nullable()
    .describe('The live Mathesar that was taken up; null for an internal database in an SQLite file.'),
  written: objectOf<NonNullable<SetupFields['written']>>()({
    status: z
      .enum(['written', 'unchanged', 'failed'])
      .describe('Whether the configuration file was written, had the settings, or could not be written.'),
    lines: z.array(z.string()).describe('The lines that state the settings.'),
    reason: z.string().exactOptional().describe('Why it could not be written.'),
  })
    .nullable()
    .describe('What became of the configuration file; null if there was nothing to write.'),
  importable: z
    .array(
      objectOf<Importable>()({
        location: z.string().describe('Path of the file, for --from.'),
        databases: z.number().int().describe('How many databases it stores.'),
      }),
    )
    .exactOptional()
    .describe(
      'The SQLite files that mathesarctl used before, if the Mathesar that was taken up lacks the name of ' +
        'one of their databases: "db import" copies what it lacks. Missing if there are none.',
    ),
  found: z
    .array(found)
    .describe('The Mathesars that were found on this machine, if no setting names an internal database.'),
  ...warnings,
}).describe(
  'The secret key and the internal database, new or existing, or those of a Mathesar; or what was found.',
)
