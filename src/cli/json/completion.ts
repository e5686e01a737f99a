import { z } from 'zod'
import { SHELLS } from '../../completion-scripts.ts'
import { warnings } from './define.ts'

export const completionDocument = z
  .strictObject({
    shell: z.enum(SHELLS).describe('The shell.'),
    script: z.string().describe('The script for the shell to read.'),
    ...warnings,
  })
  .describe('A shell completion script.')
