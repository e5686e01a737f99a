import { existsSync } from 'node:fs'
import { OperatorError, usageError } from '../errors.ts'
import { ownHomeAdvice } from '../files/container-advice.ts'
import { damageProblem, variableDamage } from '../files/lenient-text.ts'
import type { Trust } from '../files/trust.ts'
import { UntrustedFileRefusal } from '../files/untrusted.ts'
import { type EnvSettings, readEnvFileOtherwise, readEnvSettings, type VariablePlace } from './env-file.ts'
import { type KeyFileOptions, readKeyFile } from './key-file.ts'

/** Where a secret key may come from. */
export interface SecretKeyPlaces {
  /** The paths given by `--secret-key-file` and `--env-file`. */
  flags: { secretKeyFile?: string | undefined; envFile?: string | undefined }
  env: Readonly<Record<string, string | undefined>>
  /** The file that the configuration names; `null` if it names none. */
  configKeyFile: string | null
  /** The file that `mathesarctl setup` creates; `null` if there is no home directory for it. */
  defaultKeyFile: string | null
  /** Why there is no default file, as the end of a sentence. */
  whyNoDefault?: string
  /** The key is that of a live Mathesar: this program creates none for it. */
  isOfLive?: boolean
  /** Groups that may write to the directories of the files: see `Trust`. */
  groups?: Trust['groups']
  /** Receives warnings: a sentence, and what to do about it. */
  onWarning?: ((message: string, hint: string) => void) | undefined
}

/** The place that gives a secret key. */
export type KeyPlace =
  /** `isMathesars`: Mathesar itself created the file. */
  | { kind: 'file'; path: string; isMathesars: boolean }
  | { kind: 'environment' }
  /** In a Compose project, the file that gives the key may be another one than `--env-file` names. */
  | ({ kind: 'env-file' } & VariablePlace)
  /** The key that Mathesar 0.1.4 to 0.4.0 contains. */
  | { kind: 'built-in' }

export interface SecretKey {
  /** The text of SECRET_KEY. Never show it. */
  key: string
  place: KeyPlace
  /** Where it came from, for people: a path, or words such as `the environment variable SECRET_KEY`. */
  source: string
  /**
   * What other programs read as the SECRET_KEY of the same `.env` file: the place of a file may not show by
   * which of them it is read.
   */
  others?: readonly string[]
  /** It ends in a newline, which is a part of it: often the reason why a key does not fit. */
  hasFinalNewline: boolean
}

/**
 * Finds the SECRET_KEY: `--secret-key-file`, else MATHESAR_SECRET_KEY_FILE, else a SECRET_KEY in the
 * environment that is not empty (Mathesar's own order: the variable, then the file), else SECRET_KEY in the
 * `--env-file`, else the key file of the configuration, else the default one. A file that was named is never
 * skipped. Another user's file is accepted if a flag or the configuration names it, and not if the
 * environment does: it may be inherited from that user.
 *
 * Errors: `SECRET_KEY_MISSING` if there is none, or a file can't be read or is empty; `KeyNotInEnvFile` if
 * the environment file has none, and no other place has one; `USAGE` if the variable SECRET_KEY is not UTF-8,
 * or a file is open to other users, or another user's.
 */
export function resolveSecretKey(places: SecretKeyPlaces): SecretKey {
  const { flags, configKeyFile, defaultKeyFile, onWarning } = places
  const given = givenKey(places)
  if (given !== null) return given
  const other = configKeyFile ?? defaultKeyFile
  if (other !== null && (flags.envFile === undefined || existsSync(other))) {
    if (flags.envFile !== undefined) {
      const { message, hint } = keyNotInFile(flags.envFile)
      onWarning?.(`${message} The one in ${other} is used.`, hint)
    }
    return keyOfFile(other, configKeyFile !== null, places)
  }
  if (flags.envFile !== undefined) throw keyNotInFile(flags.envFile)
  const reason = places.whyNoDefault ?? 'there is no home directory'
  throw new OperatorError(
    'SECRET_KEY_MISSING',
    `No secret key was given, and there is no default file for one: ${reason}.`,
    `Name the file with --secret-key-file, set SECRET_KEY to the key, or ${ownHomeAdvice()}.`,
  )
}

/**
 * Returns the key that flags, the environment or the `.env` file give, the strongest first; `null` if none
 * does. Errors: as `resolveSecretKey`.
 */
export function givenKey(
  places: Pick<SecretKeyPlaces, 'flags' | 'env' | 'groups' | 'onWarning' | 'isOfLive'>,
): SecretKey | null {
  const { flags, env, onWarning } = places
  if (flags.secretKeyFile !== undefined) return keyOfFile(flags.secretKeyFile, true, places)
  const inherited = nonEmpty(env.MATHESAR_SECRET_KEY_FILE)
  if (inherited !== null) return keyOfFile(inherited, false, places)
  const inEnvironment = nonEmpty(env.SECRET_KEY)
  if (inEnvironment !== null) {
    const problem = damageProblem(variableDamage('SECRET_KEY', inEnvironment))
    if (problem !== null) throw damagedVariable(problem)
    return fromText(inEnvironment, 'the environment variable SECRET_KEY', { kind: 'environment' })
  }
  if (flags.envFile === undefined) return null
  const { envFile } = flags
  const { variables, placeOf } = settingsOf(envFile, onWarning)
  const inFile = nonEmpty(variables.SECRET_KEY)
  if (inFile === null) return null
  const place = placeOf('SECRET_KEY')
  const key = fromText(inFile, `${place.variable ?? 'SECRET_KEY'} in ${place.path}`, {
    kind: 'env-file',
    ...place,
  })
  const others = new Set(readEnvFileOtherwise(envFile).flatMap(({ SECRET_KEY: other }) => other || []))
  others.delete(inFile)
  return others.size === 0 ? key : { ...key, others: [...others] }
}

/** Reads the key of a file. Errors: as `readKeyFile`. */
export function keyOfFile(
  path: string,
  isNamed: boolean,
  { groups, onWarning, isOfLive }: Pick<SecretKeyPlaces, 'groups' | 'onWarning' | 'isOfLive'>,
  { isMathesars, flag }: Pick<KeyFileOptions, 'isMathesars' | 'flag'> = {},
): SecretKey {
  const trust: Trust = { named: isNamed, ...(groups ? { groups } : {}) }
  const options = { trust, isMathesars, onWarning, flag, isOfLive }
  const { isMathesars: isRecognized, ...file } = readKeyFile(path, options)
  return { ...file, source: path, place: { kind: 'file', path, isMathesars: isRecognized } }
}

/**
 * Raised where an environment file was named and gives no key, and nothing else does: the key of that
 * Mathesar is somewhere else, so that a new one would not fit.
 */
export class KeyNotInEnvFile extends OperatorError {
  static override readonly kind = 'key not in environment file'
}

function keyNotInFile(path: string): KeyNotInEnvFile {
  return new KeyNotInEnvFile(
    'SECRET_KEY_MISSING',
    `The environment file ${path} sets no SECRET_KEY, or an empty one.`,
    "Name the file with that Mathesar's key with --secret-key-file (from Mathesar 0.5.0 on it is " +
      '.secrets/secret_key.txt in its directory), or leave --env-file out to use a key of your own.',
    { field: 'env-file' },
  )
}

function damagedVariable(problem: string): OperatorError {
  // A usage error and no missing key, so that setup does not create another one.
  return usageError(
    `The environment variable SECRET_KEY ${problem}.`,
    'Set it in UTF-8; Mathesar accepts no other encoding either. Or name a file with --secret-key-file.',
  )
}

function nonEmpty(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value
}

function fromText(key: string, source: string, place: KeyPlace): SecretKey {
  return { key, source, place, hasFinalNewline: key.endsWith('\n') }
}

function settingsOf(envFile: string, onWarning: SecretKeyPlaces['onWarning']): EnvSettings {
  try {
    return readEnvSettings(envFile, { needed: ['SECRET_KEY'], onWarning })
  } catch (error) {
    // A file that exists but must not be used is no missing key.
    if (!(error instanceof OperatorError) || error instanceof UntrustedFileRefusal) throw error
    throw new OperatorError('SECRET_KEY_MISSING', error.message, error.hint, error.details)
  }
}
