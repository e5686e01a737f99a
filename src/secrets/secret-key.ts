import { OperatorError } from '../errors.ts'
import { readEnvFile } from './env-file.ts'
import { readKeyFile } from './key-file.ts'

/** Where a secret key may come from. */
export interface SecretKeyPlaces {
  /** The paths given by `--secret-key-file` and `--env-file`. */
  flags: { secretKeyFile?: string | undefined; envFile?: string | undefined }
  env: Readonly<Record<string, string | undefined>>
  /** The file that the configuration names, if it does. */
  configKeyFile: string | null
  /** The file that `mathesarctl setup` makes; `null` where there is no home directory for it. */
  defaultKeyFile: string | null
}

export interface SecretKey {
  /** The text of SECRET_KEY; never to be shown. */
  key: string
  /** Where it came from, to be shown: a path, or words such as `the environment variable SECRET_KEY`. */
  source: string
  /** It ends in a newline, which is a part of it: worth a word where a key does not fit. */
  endsWithNewline: boolean
}

/**
 * Finds the SECRET_KEY: `--secret-key-file`, else MATHESAR_SECRET_KEY_FILE, else a SECRET_KEY in the environment that
 * is not empty (Mathesar's own order: the variable, then the file), else SECRET_KEY in the `--env-file`, else the key
 * file of the configuration, else the default one. A file that was named is never passed over.
 *
 * Errors: `SECRET_KEY_MISSING` if there is none, or a file can't be read or is empty; `USAGE` if a key file is open
 * to other users.
 */
export function resolveSecretKey(places: SecretKeyPlaces): SecretKey {
  const { flags, env, configKeyFile, defaultKeyFile } = places
  const named = flags.secretKeyFile ?? nonEmpty(env.MATHESAR_SECRET_KEY_FILE)
  if (named !== null) return fromFile(named)
  const inEnvironment = nonEmpty(env.SECRET_KEY)
  if (inEnvironment !== null) return fromText(inEnvironment, 'the environment variable SECRET_KEY')
  if (flags.envFile !== undefined) {
    const inFile = nonEmpty(variables(flags.envFile).SECRET_KEY)
    if (inFile !== null) return fromText(inFile, `SECRET_KEY in ${flags.envFile}`)
  }
  const file = configKeyFile ?? defaultKeyFile
  if (file !== null) return fromFile(file)
  throw new OperatorError(
    'SECRET_KEY_MISSING',
    'No secret key is given, and there is no home directory to look for its file in.',
    'Name the file with --secret-key-file, give the key in SECRET_KEY, or set HOME.',
  )
}

function nonEmpty(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value
}

function fromFile(path: string): SecretKey {
  return { ...readKeyFile(path), source: path }
}

function fromText(key: string, source: string): SecretKey {
  return { key, source, endsWithNewline: key.endsWith('\n') }
}

function variables(envFile: string): Record<string, string> {
  try {
    return readEnvFile(envFile)
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    throw new OperatorError('SECRET_KEY_MISSING', error.message, error.hint, error.details)
  }
}
