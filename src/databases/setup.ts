import { resolve } from 'node:path'
import { OperatorError } from '../errors.ts'
import { createSecretKeyFile } from '../secrets/generate-key.ts'
import { removeTemporaries } from '../secrets/private-file.ts'
import { type OpenStoreOptions, openStore, storeExists } from '../store/index.ts'
import { parseLocation } from '../store/location.ts'

export interface SetupInput {
  /** The key that is configured already, and where; then no file is created. */
  configuredKey: { key: string; source: string } | null
  /** The file that the key is written to otherwise. */
  secretKeyFile: string
  internalDatabase: string
  /** Whose the internal database may be; by default the path counts as named. */
  trust?: OpenStoreOptions['trust']
  /** The same for the secret key file. */
  secretKeyTrust?: OpenStoreOptions['trust']
  /** Receives warnings: a sentence, and what to do. */
  onWarning?: OpenStoreOptions['onWarning']
  /** Called while another process holds the lock of the internal database. */
  onWait?: OpenStoreOptions['onWait']
  /** How the internal database of a live Mathesar is reached and used. */
  live?: OpenStoreOptions['live']
}

export interface SetupResult {
  secretKey: { source: string; created: boolean }
  internalDatabase: { location: string; created: boolean }
}

/**
 * Creates the secret key (a 0600 file in a 0700 directory, never over an existing one) and the internal
 * database. Running it again changes nothing. Errors: `STORE_UNAVAILABLE`, `SECRET_KEY_MISSING`,
 * `SECRET_KEY_MISMATCH`.
 */
export async function setup(input: SetupInput): Promise<SetupResult> {
  const isNew = !(await storeExists(input.internalDatabase))
  const { trust, secretKeyTrust, onWarning, onWait, live } = input
  // A new key would not decrypt what is stored already, and would only hide that the right one is missing.
  // That of a Mathesar is missing even where nothing is stored yet.
  if (!input.configuredKey && !isNew) await refuseSealed(input.internalDatabase, { trust, onWait, live })
  let secretKey: SetupResult['secretKey']
  let key: string
  if (input.configuredKey) {
    key = input.configuredKey.key
    secretKey = { source: input.configuredKey.source, created: false }
    // The key may be that of the file, whose creation a former run did not survive.
    removeTemporaries(resolve(input.secretKeyFile))
  } else {
    const location = parseLocation(input.internalDatabase)
    const createdKey = createSecretKeyFile(input.secretKeyFile, {
      trust: secretKeyTrust,
      onWarning,
      ...(location.kind === 'sqlite' ? { internalDatabase: location.path } : {}),
    })
    key = createdKey.key
    secretKey = { source: input.secretKeyFile, created: createdKey.created }
  }
  const store = await openStore(input.internalDatabase, () => key, {
    create: true,
    trust,
    onWarning,
    onWait,
    live,
  })
  try {
    await store.verifyKey()
    return { secretKey, internalDatabase: { location: store.location, created: isNew } }
  } finally {
    await store.close()
  }
}

/**
 * Errors: `SECRET_KEY_MISSING` if credentials are stored, or if the file is that of a Mathesar;
 * `STORE_UNAVAILABLE`.
 */
async function refuseSealed(
  location: string,
  options: Pick<OpenStoreOptions, 'trust' | 'onWait' | 'live'>,
): Promise<void> {
  const ofMathesar = () =>
    new OperatorError(
      'SECRET_KEY_MISSING',
      `The internal database ${location} is that of a Mathesar, whose secret key is missing.`,
      'Pass the SECRET_KEY of that Mathesar with --env-file, --secret-key-file or SECRET_KEY.',
    )
  const missing = () =>
    new OperatorError(
      'SECRET_KEY_MISSING',
      `The internal database ${location} contains credentials, and the secret key that decrypts them is missing.`,
      'Restore that key, or pass it with --secret-key-file, SECRET_KEY or --env-file. If it is lost, remove the records with "mathesarctl db remove", then run setup again.',
    )
  const store = await openStore(
    location,
    () => {
      throw missing()
    },
    { ...options, create: false, readOnly: true },
  )
  try {
    if (store.capabilities.isMathesars) throw ofMathesar()
    if ((await store.names()).length > 0 || (await store.interrupted()).length > 0) throw missing()
  } finally {
    await store.close()
  }
}
