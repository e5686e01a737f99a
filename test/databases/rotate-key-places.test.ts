import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type RotateKeyInput, rotateKey } from '../../src/databases/rotate-key/index.ts'
import { deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import type { Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import { openLiveStore } from '../support/live-store.ts'
import { createInternalDatabase, type InternalDatabase } from '../support/mathesar-database.ts'

/** Opens an internal database with the journal in a directory. */
async function openWithDirectory(internal: InternalDatabase): Promise<Store> {
  const journalDirectory = temporaryDirectory()
  chmodSync(journalDirectory, 0o700)
  return openLiveStore(internal, {
    live: {
      settings: internal.settings,
      connect: { timeoutMs: 10_000 },
      lockTimeoutMs: 5_000,
      journal: 'directory',
      journalDirectory,
      acceptUnknownLayout: false,
    },
  })
}

function inputOf({ secretKey }: InternalDatabase): RotateKeyInput {
  return {
    current: { key: secretKey, place: { kind: 'env-file', path: '/srv/mathesar/.env' } },
    newKeyFile: join(temporaryDirectory(), 'secret_key.new'),
  }
}

it.each(['legacy-serial', 'legacy-identity'] as const)(
  'judges the rows and the journal together, in a dry run and in the transaction (%s)',
  async (step) => {
    const internal = await createInternalDatabase({ step })
    const store = await openWithDirectory(internal)
    const settings = { ...internal.settings, sslmode: 'prefer', password: 'p' } as const
    const held = await store.begin({ kind: 'add', name: 'a', settings })
    await held.completeAdd(null)
    const pending = await store.begin({ kind: 'add', name: 'b', settings })
    await pending.release()
    const foreign = encrypt('p', await deriveKey('the key of another Mathesar'))
    await internal.query('UPDATE mathesar_database SET username = $1, password = $1', [foreign])
    const input = inputOf(internal)
    const planned = await rotateKey(store, { ...input, dryRun: true })
    expect(planned).toMatchObject({ reencrypts: { operation: 1 }, unopened: [{ name: 'a' }] })
    expect(await rotateKey(store, input)).toMatchObject({
      status: 'rotated',
      reencrypts: { operation: 1 },
      unopened: [{ name: 'a' }],
    })
  },
)
