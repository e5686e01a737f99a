import { z } from 'zod'

export const versionDocument = z
  .strictObject({ version: z.string().describe('The version of the program.') })
  .describe('The version of the program.')

export const helpDocument = z
  .strictObject({
    command: z.string().describe('The words of the command, such as "mathesarctl db add".'),
    help: z.string().describe('The help text.'),
  })
  .describe('The help for a command.')
