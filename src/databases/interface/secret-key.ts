/**
 * Where the secret key comes from.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { readEnvFile, readEnvFileOtherwise, readEnvSettings } from '../../secrets/env-file.ts'
export { generateSecretKey, writeGeneratedKey } from '../../secrets/generate-key.ts'
export { readKeyFile } from '../../secrets/key-file.ts'
export { LiveKeyMissing, PUBLIC_KEY, resolveLiveKey, secretFilesOf } from '../../secrets/live-key.ts'
export { isPlainKey } from '../../secrets/new-key.ts'
export { defaultKeyFile, pendingKeyFile, pendingRotations } from '../../secrets/pending-rotation.ts'
export { isKeyCopy, keyCopies } from '../../secrets/rotation.ts'
export { KeyNotInEnvFile, keyOfFile, resolveSecretKey } from '../../secrets/secret-key.ts'
