import { existsSync, readFileSync } from 'node:fs'
import { usageError } from '../errors.ts'

/** The configuration file's values: defaults for the global flags of the same names. */
export interface Config {
  'internal-db'?: string | undefined
  'secret-key-file'?: string | undefined
  'env-file'?: string | undefined
  'no-input'?: boolean | undefined
  'no-color'?: boolean | undefined
  quiet?: boolean | undefined
  verbose?: boolean | undefined
}

/** Reads the configuration file; a missing one is empty. Errors: `USAGE` that names the file and the wrong key. */
export async function readConfig(path: string | null): Promise<Config> {
  if (path === null || !existsSync(path)) return {}
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw usageError(`The configuration file ${path} can't be read.`, `${(error as Error).message}.`)
  }
  // Only who has such a file pays for loading the two libraries.
  const [{ parse }, zod] = await Promise.all([import('yaml'), import('zod')])
  const schema = zod.strictObject({
    'internal-db': zod.string().min(1).optional(),
    'secret-key-file': zod.string().min(1).optional(),
    'env-file': zod.string().min(1).optional(),
    'no-input': zod.boolean().optional(),
    'no-color': zod.boolean().optional(),
    quiet: zod.boolean().optional(),
    verbose: zod.boolean().optional(),
  })
  let document: unknown
  try {
    document = parse(text) ?? {}
  } catch (error) {
    const [reason] = (error as Error).message.split('\n')
    throw usageError(
      `The configuration file ${path} is not YAML: ${reason}`,
      'Mend the file, or move it away.',
    )
  }
  const result = schema.safeParse(document)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.join('.')
  throw usageError(
    `The configuration file ${path} is not right${where ? ` at "${where}"` : ''}: ${issue?.message ?? 'unknown'}.`,
    'It may hold the names of global flags: internal-db, secret-key-file, env-file, no-input, no-color, quiet, verbose.',
  )
}
