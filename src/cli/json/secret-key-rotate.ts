import { z } from 'zod'
import { SEALED_KINDS } from '../../databases/interface/sealed-kinds.ts'
import type { NamedCredential, RotateKeyResult } from '../../databases/rotate-key/index.ts'
import type { MathesarSession } from '../../store/sealed.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'

interface PlaceToSet {
  kind: 'file' | 'env-file' | 'environment'
  path: string | null
}

interface RotationFields
  extends Pick<RotateKeyResult, 'status' | 'current' | 'unopened' | 'plainText' | 'backup'> {
  reencrypted: RotateKeyResult['reencrypts']
  newSecretKeyFile: string
  replacedSecretKeyFile: string | null
  replacedSecretKeyFiles: readonly string[]
  toSet: PlaceToSet | null
  shouldRestart: boolean
  sessions: readonly MathesarSession[] | null
}

const credentials = z.array(
  objectOf<NamedCredential>()({
    kind: z.enum(SEALED_KINDS).describe('What it belongs to.'),
    name: z.string().describe('Name of the stored database, ROLE@HOST:PORT, or number of the download link.'),
    databases: z
      .array(z.string())
      .exactOptional()
      .describe('Of a role: names of the stored databases whose users are mapped to it.'),
  }),
)

export const secretKeyRotateDocument = objectOf<RotationFields & Warnings>()({
  status: z
    .enum(['rotated', 'finished', 'planned'])
    .describe(
      'What the run did: "finished" means that the new key is in use and that no other known key opens ' +
        'anything any more; "planned" means --dry-run.',
    ),
  reencrypted: z
    .partialRecord(z.enum(SEALED_KINDS), count())
    .describe(
      'Number of credentials that the run re-encrypted, or would re-encrypt; kinds without any are left out.',
    ),
  current: count().describe('Number of credentials that were under the new key before.'),
  unopened: credentials.describe('Credentials that no known key opens; they stay as they are.'),
  plainText: credentials.describe('Credentials that are stored in plain text; they stay as they are.'),
  newSecretKeyFile: z.string().describe('The file with the new key.'),
  backup: z.string().nullable().describe('The dated copy of the old key; null if the run wrote none.'),
  replacedSecretKeyFile: z
    .string()
    .nullable()
    .describe(
      'The key file of mathesarctl that has the new key now, or would get it; null if there is none.',
    ),
  replacedSecretKeyFiles: z
    .array(z.string())
    .describe(
      'All key files of mathesarctl that have it, or would: --secret-key-file may name a copy of one.',
    ),
  toSet: objectOf<PlaceToSet>()({
    kind: z.enum(['file', 'env-file', 'environment']).describe('What the place is.'),
    path: z.string().nullable().describe('Path of the file; null for the environment.'),
  })
    .nullable()
    .describe('Where to set the new key first; null if nothing is to be set.'),
  shouldRestart: z.boolean().describe('Whether Mathesar has to be restarted, which ends all web sessions.'),
  sessions: z
    .array(
      objectOf<MathesarSession>()({
        pid: z.int().describe('Process number of the server for it.'),
        applicationName: z.string().describe('Its name.'),
        role: z.string().nullable().describe('Its role.'),
        address: z.string().nullable().describe('Its address; null for a Unix socket.'),
        since: z.string().nullable().describe('When it connected.'),
      }),
    )
    .nullable()
    .describe('Sessions of Mathesar in its internal database; null where nothing shows them.'),
  ...warnings,
}).describe('The rotation of a secret key. It never contains a key.')
