import { z } from 'zod'
import type { SetupResult } from '../../databases/setup.ts'
import { objectOf, type Warnings, warnings } from './define.ts'

export const setupDocument = objectOf<SetupResult & { config: string | null } & Warnings>()({
  secretKey: objectOf<SetupResult['secretKey']>()({
    source: z
      .string()
      .describe('Source of the key: the path of a file, or the name of an environment variable.'),
    created: z.boolean().describe('Whether this run created it.'),
  }).describe('The secret key.'),
  internalDatabase: objectOf<SetupResult['internalDatabase']>()({
    location: z.string().describe('Path of the file.'),
    created: z.boolean().describe('Whether this run created it.'),
  }).describe('The internal database.'),
  config: z
    .string()
    .nullable()
    .describe('Path of the configuration file, which need not exist; null without a home directory.'),
  ...warnings,
}).describe('The secret key and the internal database, new or existing.')
