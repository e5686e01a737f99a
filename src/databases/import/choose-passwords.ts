import { OperatorError } from '../../errors.ts'
import { describeServer } from '../../postgres/describe.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Store } from '../../store/types.ts'
import { storedRoles } from '../acting-role.ts'
import { readStoredPassword } from '../add/row.ts'
import type { RunOptions } from '../events.ts'
import { MOST_CONNECTIONS, mapConcurrently } from '../map-concurrently.ts'
import { withOpen, withStoredPassword } from '../open.ts'
import { readableRecords } from '../same-database.ts'
import { storedAddress } from '../same-server.ts'
import type { HeldWarnings } from './held-warnings.ts'
import { ofMode, stricterTls, type TlsSettings } from './stricter-tls.ts'
import type { SourceEntry } from './types.ts'

/** A password that is known of a role on a server. */
interface KnownPassword {
  text: string | null
  /** Where it is stored, as the end of a sentence. */
  origin: string
  /** How the connection that it is stored with uses TLS: the password goes over none that is weaker. */
  tls: TlsSettings
}

/** Warnings about entries wait until it is known what becomes of these. */
type HoldingOptions = RunOptions & { held: HeldWarnings }

type Login = Pick<ConnectionSettings, 'host' | 'port' | 'user'>

/**
 * Returns the settings of each entry for whose role and server several passwords are known, from the source
 * and from the internal database in use: with a stored one that logs in, else with the newest of the source
 * that does. An entry that is missing has its own.
 *
 * A password goes only to the host and port that it is stored with, and over TLS that is at least as strict.
 * Another spelling may be another server, also where both mean this machine.
 *
 * Errors: those of the store; the reason of the signal.
 */
export async function choosePasswords(
  store: Store,
  entries: readonly SourceEntry[],
  options: HoldingOptions,
): Promise<Map<SourceEntry, ConnectionSettings>> {
  const stored = await storedPasswords(store, new Set(entries.map(({ settings }) => loginKey(settings))))
  const groups = [...Map.groupBy(entries, ({ settings }) => loginKey(settings))].map(([key, group]) => ({
    group,
    known: distinct([...(stored.get(key) ?? []), ...newestFirst(group)]),
  }))
  const undecided = groups.filter(({ known }) => known.length > 1)
  const chosen = await mapConcurrently(undecided, MOST_CONNECTIONS, async ({ group, known }) => {
    const password = await choosePassword(group, known, options)
    return password === null ? [] : group.map((entry) => [entry, withPassword(entry, password)] as const)
  })
  return new Map(chosen.flat())
}

/** Returns what logins have in common that use one password. */
function loginKey({ host, port, user }: Login): string {
  return JSON.stringify([host.toLowerCase(), port, user])
}

/** Returns the settings of an entry with a password; its own goes over TLS as the source has it. */
function withPassword({ settings }: SourceEntry, { text, tls }: KnownPassword): ConnectionSettings {
  if (text === settings.password) return settings
  return { ...settings, ...stricterTls(tls, settings), password: text }
}

/** Returns the passwords that the internal database in use has for logins, by `loginKey`. */
async function storedPasswords(
  store: Store,
  wanted: ReadonlySet<string>,
): Promise<Map<string, KnownPassword[]>> {
  const found = new Map<string, KnownPassword[]>()
  const add = (login: Login, text: string | null, tls: TlsSettings) => {
    const key = loginKey(login)
    found.set(key, [...(found.get(key) ?? []), { text, origin: 'the internal database in use', tls }])
  }
  if (store.capabilities.hasServers) {
    for (const server of await store.servers()) {
      for (const user of server.roles) {
        const login = { ...storedAddress(server), user }
        const password = wanted.has(loginKey(login)) ? await readStoredPassword(store, server, user) : null
        if (password?.password) add(login, password.password, ofMode(server.sslmode))
      }
    }
    return found
  }
  for (const record of await readableRecords(store)) {
    for (const user of storedRoles(record)) {
      const login = { ...record, user }
      const settings = wanted.has(loginKey(login)) ? await ownSettings(store, record.name) : null
      if (settings !== null && settings.password !== null) add(login, settings.password, settings)
    }
  }
  return found
}

/** Returns the settings of a stored database; `null` if the key does not open its credentials. */
export async function ownSettings(store: Store, name: string): Promise<ConnectionSettings | null> {
  try {
    return await store.settings(name)
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH') return null
    throw error
  }
}

function newestFirst(group: readonly SourceEntry[]): KnownPassword[] {
  return group
    .toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))
    .map(({ name, settings }) => ({
      text: settings.password,
      origin: `"${name}" of the source`,
      tls: settings,
    }))
}

function distinct(passwords: readonly KnownPassword[]): KnownPassword[] {
  return passwords.filter(({ text }, index) => passwords.findIndex((other) => other.text === text) === index)
}

/** Returns `null` if none logs in: each entry then reports why its own does not. */
async function choosePassword(
  group: readonly SourceEntry[],
  known: readonly KnownPassword[],
  { held, ...options }: HoldingOptions,
): Promise<KnownPassword | null> {
  const admitted: KnownPassword[] = []
  for (const password of known) if (await logsIn(group, password, options)) admitted.push(password)
  const [first] = admitted
  const [entry] = group
  if (first === undefined || entry === undefined) return null
  const { user } = entry.settings
  held.about(group).onProgress?.({
    type: 'warning',
    message:
      `${known.length} passwords of role "${user}" on ${describeServer(entry.settings)} are known: that of ` +
      `${first.origin} is used, ${admitted.length === 1 ? 'because the server accepts no other' : REASON}.`,
    hint: '',
  })
  return first
}

const REASON = 'though the server accepts several: one that is stored already counts first, then the newest'

/** How many databases of a server one password is tried with: the first may have been dropped. */
const TRIED_ENTRIES = 3

async function logsIn(
  group: readonly SourceEntry[],
  password: KnownPassword,
  { onProgress: _quiet, ...options }: RunOptions,
): Promise<boolean> {
  const ownFirst = group.toSorted(
    (a, b) => Number(b.settings.password === password.text) - Number(a.settings.password === password.text),
  )
  for (const entry of ownFirst.slice(0, TRIED_ENTRIES)) {
    try {
      await withOpen(withPassword(entry, password), withStoredPassword(options), async () => {})
      return true
    } catch (error) {
      if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
      if (error.code === 'AUTHENTICATION_FAILED' || error.code === 'USAGE') return false
    }
  }
  return false
}
