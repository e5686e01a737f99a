import { lstatSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { OperatorError } from '../errors.ts'
import { systemErrorCode } from '../files/file-reason.ts'
import { findComposeProject } from './env-file.ts'
import { givenKey, keyOfFile, type SecretKey, type SecretKeyPlaces } from './secret-key.ts'

/** The files in which Mathesar 0.5.0 and later keep their key, from the directory of the `.env` file. */
const SECRET_FILES = [
  ['.secrets', 'secret_key.txt'],
  ['msar', 'secrets', 'secret_key.txt'],
] as const

/**
 * The SECRET_KEY of a Mathesar 0.1.4 to 0.4.0 that is given none. It is public: whoever can read the internal
 * database can read the passwords in it.
 */
export const PUBLIC_KEY = '2gr6ud88x=(p855_5nbj_+7^gw-iz&n7ldqv%94mjaecl+b9=4'

/** Where the secret key of a live Mathesar may come from. */
export type LiveKeyPlaces = Pick<SecretKeyPlaces, 'flags' | 'env' | 'configKeyFile' | 'groups' | 'onWarning'>

/**
 * Finds the SECRET_KEY of a live Mathesar: where `resolveSecretKey` looks first (flags, environment, `.env`
 * file), else in Mathesar's own secret file beside the `.env` file, else in the key file of the
 * configuration. A key that mathesarctl created for itself is never that of a Mathesar.
 *
 * Errors: `SECRET_KEY_MISSING` if there is none, or a file can't be read or is empty; `USAGE` as for
 * `resolveSecretKey`.
 */
export function resolveLiveKey(given: LiveKeyPlaces): SecretKey {
  const places = { ...given, isOfLive: true }
  const { flags, configKeyFile } = places
  const named = givenKey(places)
  if (named !== null) return named
  const own = flags.envFile === undefined ? [] : secretFilesOf(flags.envFile)
  const found = own.find(exists)
  if (found !== undefined) return keyOfFile(found, true, places, { isMathesars: true })
  if (configKeyFile !== null) return keyOfFile(configKeyFile, true, places)
  throw new LiveKeyMissing(
    'SECRET_KEY_MISSING',
    flags.envFile === undefined
      ? 'The secret key of this Mathesar is not known: only the URL of its internal database is given.'
      : `The secret key of this Mathesar is not known: ${flags.envFile} sets no SECRET_KEY, or an empty one, and there is neither ${own.join(' nor ')}.`,
    'Pass --env-file with the .env file of that Mathesar, or --secret-key-file with a file that contains its SECRET_KEY. ' +
      'From Mathesar 0.5.0 on, it keeps a key of its own in .secrets/secret_key.txt in its directory.',
    { field: 'secret-key-file' },
  )
}

/** Raised where nothing gives the key of a live Mathesar. A new key would not fit. */
export class LiveKeyMissing extends OperatorError {
  static override readonly kind = 'key of live Mathesar missing'
}

/**
 * Returns the paths of the secret files that belong to an `.env` file: what its Compose project mounts, and
 * those beside it.
 */
export function secretFilesOf(envFile: string): string[] {
  const project = findComposeProject(envFile)
  const mounted =
    project?.secrets && 'path' in project.secrets
      ? [join(resolve(project.directory, project.secrets.path), 'secret_key.txt')]
      : []
  const paths = [...mounted, ...SECRET_FILES.map((parts) => join(dirname(envFile), ...parts))]
  // The .env file may be named by a relative path, and the Compose project knows its directory.
  return [...new Map(paths.map((path) => [resolve(path), path])).values()]
}

/** A file in a directory that this user may not enter exists too: reading it reports why it can't be read. */
function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    const code = systemErrorCode(error)
    if (code === null) throw error
    return code !== 'ENOTDIR'
  }
}
