import { resolveLiveKey, resolveSecretKey } from '../../databases/interface/secret-key.ts'
import type { LiveKeyPlaces } from '../../secrets/live-key.ts'
import type { SecretKey } from '../../secrets/secret-key.ts'
import type { Globals } from './globals.ts'
import { whyNoDefault } from './paths.ts'

/**
 * Resolves the secret key from flags, environment and files, strongest first. That of a live Mathesar never
 * comes from mathesarctl's own file. Errors: `SECRET_KEY_MISSING`, `USAGE`.
 *
 * @param onWarning receives what the operator should know about the file that holds the key
 */
export function findSecretKey(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint?: string) => void,
): SecretKey {
  const places = keyPlaces(globals, env, onWarning)
  if (globals.live !== null) return resolveLiveKey(places)
  return resolveSecretKey({
    ...places,
    defaultKeyFile: globals.files.secretKey,
    whyNoDefault: whyNoDefault(env, 'config'),
  })
}

/** Returns the places in which the settings look for a key. */
export function keyPlaces(
  globals: Globals,
  env: NodeJS.ProcessEnv,
  onWarning: (message: string, hint: string) => void,
): LiveKeyPlaces {
  return {
    flags: {
      ...(globals.secretKeyFile ? { secretKeyFile: globals.secretKeyFile } : {}),
      ...(globals.envFile ? { envFile: globals.envFile } : {}),
    },
    env,
    configKeyFile: globals.config['secret-key-file'] ?? null,
    groups: globals.groups,
    onWarning,
  }
}
