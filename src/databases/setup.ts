import { createSecretKeyFile } from '../secrets/generate-key.ts'
import { openStore } from '../store/index.ts'

export interface SetupInput {
  /** The key that is configured already, and where; then no file is made. */
  configuredKey: { key: string; source: string } | null
  /** Where the key goes otherwise. */
  secretKeyFile: string
  internalDatabase: string
}

export interface SetupResult {
  secretKey: { source: string; created: boolean }
  internalDatabase: { location: string; created: boolean }
}

/**
 * Makes the secret key (a 0600 file in a 0700 directory, never over an existing one) and the internal database.
 * Running it again changes nothing. Errors: `STORE_UNAVAILABLE`, `SECRET_KEY_MISSING`, `SECRET_KEY_MISMATCH`.
 */
export async function setup(input: SetupInput): Promise<SetupResult> {
  const { existsSync } = await import('node:fs')
  let secretKey: SetupResult['secretKey']
  let key: string
  if (input.configuredKey) {
    key = input.configuredKey.key
    secretKey = { source: input.configuredKey.source, created: false }
  } else {
    const made = createSecretKeyFile(input.secretKeyFile)
    key = made.key
    secretKey = { source: input.secretKeyFile, created: made.created }
  }
  const isNew = !existsSync(input.internalDatabase)
  const store = await openStore(input.internalDatabase, () => key, { create: true })
  try {
    await store.verifyKey()
    return { secretKey, internalDatabase: { location: store.location, created: isNew } }
  } finally {
    await store.close()
  }
}
