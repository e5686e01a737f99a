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
  // Only who has such a file pays for loading what reads it.
  const { parseConfig } = await import('./config-file.ts')
  return parseConfig(text, path)
}
