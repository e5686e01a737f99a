import { z } from 'zod'
import { warnings } from './define.ts'

export const secretKeyGenerateDocument = z
  .strictObject({
    secretKey: z
      .string()
      .exactOptional()
      .describe('The key; left out if --out names a file, which then contains it.'),
    file: z.string().nullable().describe('The file that contains the key; null without --out.'),
    ...warnings,
  })
  .describe('A fresh secret key.')
