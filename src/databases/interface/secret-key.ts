/**
 * Where the secret key comes from.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { readEnvFile } from '../../secrets/env-file.ts'
export { LiveKeyMissing, resolveLiveKey, secretFilesOf } from '../../secrets/live-key.ts'
export { KeyNotInEnvFile, resolveSecretKey } from '../../secrets/secret-key.ts'
