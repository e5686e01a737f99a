import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import * as zod from 'zod'
import { parseLocation } from '../../databases/interface/location.ts'
import { usageError } from '../../errors.ts'
import { ownHomeAdvice } from '../../files/container-advice.ts'
import { homeDirectory } from '../../files/home-directory.ts'
import { BUNDLED } from './bundled.ts'
import { whyNoDefault } from './paths.ts'

const CONFIG_SCHEMA = zod.strictObject({
  'internal-db': zod.string().min(1).optional(),
  'secret-key-file': zod.string().min(1).optional(),
  'env-file': zod.string().min(1).optional(),
  addresses: zod.record(zod.string().min(1), zod.string().min(1)).optional(),
  journal: zod.enum(['database', 'directory']).optional(),
  'schema-source': zod.string().min(1).optional(),
  release: zod.string().min(1).optional(),
  'no-input': zod.boolean().optional(),
  'no-color': zod.boolean().optional(),
  quiet: zod.boolean().optional(),
  verbose: zod.boolean().optional(),
})

/** The values of the configuration file: defaults for the flags of the same names. */
export type Config = zod.infer<typeof CONFIG_SCHEMA>

/**
 * Parses the text of a configuration file. Relative paths in it start from its own directory, and `~/` is the
 * home directory. Errors: `USAGE` that names the file and the wrong key.
 */
export function parseConfig(text: string, path: string): Config {
  let document: unknown
  try {
    document = parse(text) ?? {}
  } catch (error) {
    // The parser's message may quote a value, and a URL may contain a password.
    const line = (error as { linePos?: [{ line: number }] }).linePos?.[0].line
    throw usageError(
      `The configuration file ${path} is not YAML${line === undefined ? '' : ` (line ${line})`}.`,
      'Correct the file, or rename it.',
    )
  }
  const result = CONFIG_SCHEMA.safeParse(document)
  if (!result.success) {
    const [issue] = result.error.issues
    const key = issue?.path.join('.')
    const place = key ? ` at "${key}"` : ''
    throw usageError(
      `The configuration file ${path} is not valid${place}: ${issue?.message ?? 'unknown'}.`,
      'Its keys are the names of flags: internal-db, secret-key-file, env-file, addresses, journal, ' +
        'schema-source, release, no-input, no-color, quiet, verbose.',
    )
  }
  const config: Config = result.data
  for (const name of ['internal-db', 'secret-key-file', 'env-file', 'schema-source'] as const) {
    const value = config[name]
    if (value === undefined) continue
    const isPath = name === 'schema-source' ? value !== BUNDLED : !isUrl(name, value)
    if (isPath) config[name] = absolute(value, path)
  }
  return config
}

function isUrl(name: keyof Config, value: string): boolean {
  return name === 'internal-db' && parseLocation(value).kind !== 'sqlite'
}

function absolute(value: string, configuration: string): string {
  if (value.startsWith('~/')) {
    const home = homeDirectory(process.env)
    if (home === null) {
      throw usageError(
        `The configuration file ${configuration} names ${value}, but ` +
          `${whyNoDefault({ HOME: process.env.HOME }, 'config')}.`,
        `Write the whole path into the file, or ${ownHomeAdvice()}.`,
      )
    }
    return resolve(home, value.slice(2))
  }
  return resolve(dirname(configuration), value)
}
