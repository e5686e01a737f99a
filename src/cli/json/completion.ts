import { z } from 'zod'
import { SHELLS } from '../../completion-scripts.ts'

export const completionDocument = z
  .strictObject({
    shell: z.enum(SHELLS).describe('The shell.'),
    script: z.string().describe('The script for the shell to read.'),
  })
  .describe('A shell completion script.')
