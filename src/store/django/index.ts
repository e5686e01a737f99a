import { OperatorError } from '../../errors.ts'
import { homeDirectory } from '../../files/home-directory.ts'
import { completeSettings, resolveSettings } from '../../postgres/settings/resolve-settings.ts'
import { createKeyring } from '../credentials.ts'
import type { StoreKind } from '../kind.ts'
import type { LiveOptions } from '../types.ts'
import { openDjango } from './open.ts'

/** The time limit of connecting where none was given, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000

const LOCK_TIMEOUT_MS = 5_000

/** How long completion waits for the names, in milliseconds. */
const PEEK_MS = 1_000

/** Internal databases of a live Mathesar on PostgreSQL. */
export const DJANGO: StoreKind<{ kind: 'postgres'; url: string }> = {
  /** It is a Mathesar's, so that nobody but that Mathesar creates it. */
  async exists() {
    return true
  },
  async open({ url }, keyProvider, options) {
    return openDjango(options.live ?? liveFromUrl(url), createKeyring(keyProvider), options)
  },
  async scratch() {
    throw new Error('a scratch database is never made of a Mathesar')
  },
  async peekNames({ url }, _trust, live) {
    try {
      const known = live ?? liveFromUrl(url)
      const connect = { ...known.connect, timeoutMs: PEEK_MS, answerTimeoutMs: PEEK_MS }
      const noKey = createKeyring(() => {
        throw new OperatorError('SECRET_KEY_MISSING', 'Completion has no key.', '')
      })
      const parts = await openDjango({ ...known, connect, journalDirectory: null }, noKey, { readOnly: true })
      try {
        return await parts.records.names()
      } finally {
        await parts.close()
      }
    } catch {
      return []
    }
  },
}

/**
 * Returns how an internal database is reached whose URL is all that is known: by libpq's variables and its
 * password file. Errors: `USAGE`.
 */
function liveFromUrl(url: string): LiveOptions {
  const home = homeDirectory(process.env)
  const resolved = resolveSettings({ flags: {}, dsn: url, env: process.env, home })
  const { passwordSource, channelBinding, tls } = resolved
  return {
    settings: completeSettings(resolved.values),
    connect: {
      timeoutMs: resolved.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
      addresses: resolved.addresses,
      passwordSource,
      channelBinding,
      tls,
      home,
    },
    lockTimeoutMs: LOCK_TIMEOUT_MS,
    journal: null,
    journalDirectory: null,
    acceptUnknownLayout: false,
  }
}
