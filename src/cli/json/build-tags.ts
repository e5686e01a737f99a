import { z } from 'zod'

export const buildTagsDocument = z
  .array(z.string())
  .describe('The tags of the container image. The first one never moves.')
