import { z } from 'zod'
import { dependent } from './objects.ts'

export const schemaDependentsDocument = z
  .array(dependent)
  .describe('Everything that depends on the Mathesar schemas, then the routines whose text names them.')
