import { existsSync } from 'node:fs'
import { KeyNotInEnvFile, readEnvFile } from '../../../databases/interface/secret-key.ts'
import type { SetupInput } from '../../../databases/setup.ts'
import { OperatorError, usageError } from '../../../errors.ts'
import { ownHomeAdvice } from '../../../files/container-advice.ts'
import { systemErrorCode } from '../../../files/file-reason.ts'
import { volumeOf } from '../../../files/mounts.ts'
import type { SecretKey } from '../../../secrets/secret-key.ts'
import type { Globals } from '../../settings/globals.ts'
import { whyNoDefault } from '../../settings/paths.ts'
import { findSecretKey } from '../../settings/secret-key.ts'

/**
 * Resolves the secret key from the settings: the key, if there is one, and the file for a new one. Errors:
 * `USAGE` if no file is named and there is no home directory, and for an environment file that can't be
 * read.
 *
 * @param proven the key that what is stored shows; `null` if the settings alone show the key
 */
export function keySettings(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint?: string) => void,
  proven: SecretKey | null,
): Pick<SetupInput, 'configuredKey' | 'secretKeyFile' | 'secretKeyTrust'> {
  const configuredKey = proven ?? findConfiguredKey(globals, env, onWarning)
  return {
    configuredKey,
    secretKeyFile: configuredKey ? configuredKey.source : secretKeyFile(globals, env),
    secretKeyTrust: {
      named: !!(globals.secretKeyFile ?? globals.config['secret-key-file']),
      groups: globals.groups,
    },
  }
}

/**
 * Returns the key that the settings give, or that is in the default file already; `null` if there is none
 * yet.
 */
function findConfiguredKey(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint?: string) => void,
): SetupInput['configuredKey'] {
  try {
    return findSecretKey(globals, env, onWarning)
  } catch (error) {
    const isMissing = error instanceof OperatorError && error.code === 'SECRET_KEY_MISSING'
    // A new key would not be that of the Mathesar whose file was named.
    if (!isMissing || error instanceof KeyNotInEnvFile || globals.live !== null) throw error
    const path = secretKeyFile(globals, env)
    // It can't be created on a read-only mount either, whose owner has put it where this user may not enter.
    const isHidden = systemErrorCode(error.cause) === 'EACCES' && volumeOf(path)?.isReadOnly === true
    if (isHidden || existsSync(path)) throw error
    // An --env-file that can't be read is an error; a new key would only hide it.
    if (globals.envFile) readEnvFile(globals.envFile)
    return null
  }
}

function secretKeyFile({ secretKeyFile: named, config, files }: Globals, env: NodeJS.ProcessEnv): string {
  const path = named ?? env.MATHESAR_SECRET_KEY_FILE ?? config['secret-key-file'] ?? files.secretKey
  if (path) return path
  throw usageError(
    `The secret key file has no default location: ${whyNoDefault(env, 'config')}.`,
    `Name a file with --secret-key-file PATH, set SECRET_KEY to the key, or ${ownHomeAdvice()}.`,
    'secret-key-file',
  )
}
