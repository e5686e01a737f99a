import { OperatorError } from '../../errors.ts'
import { describeServer, isLoopback } from '../../postgres/describe.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'
import type { Store } from '../../store/types.ts'
import { storedRoles } from '../acting-role.ts'
import { readStoredPassword } from '../add/row.ts'
import type { RunOptions } from '../events.ts'
import { MOST_CONNECTIONS, mapConcurrently } from '../map-concurrently.ts'
import { withOpen, withStoredPassword } from '../open.ts'
import { readableRecords } from '../same-database.ts'
import { storedAddress } from '../same-server.ts'
import type { SourceEntry } from './types.ts'

/** A password that is known of a role on a server. */
interface KnownPassword {
  text: string | null
  /** Where it is stored, as the end of a sentence. */
  origin: string
}

type Login = Pick<ConnectionSettings, 'host' | 'port' | 'user'>

/**
 * Returns the password of each entry for whose role and server several are known, from the source and from
 * the internal database in use: a stored one that logs in, else the newest of the source that does. An entry
 * that is missing has its own. Errors: those of the store; the reason of the signal.
 */
export async function choosePasswords(
  store: Store,
  entries: readonly SourceEntry[],
  options: RunOptions,
): Promise<Map<SourceEntry, string | null>> {
  const stored = await storedPasswords(store, new Set(entries.map(({ settings }) => loginKey(settings))))
  const groups = [...Map.groupBy(entries, ({ settings }) => loginKey(settings))].map(([key, group]) => ({
    group,
    known: distinct([...(stored.get(key) ?? []), ...newestFirst(group)]),
  }))
  const undecided = groups.filter(({ known }) => known.length > 1)
  const chosen = await mapConcurrently(undecided, MOST_CONNECTIONS, async ({ group, known }) => {
    const password = await choosePassword(group, known, options)
    return password === null ? [] : group.map((entry) => [entry, password.text] as const)
  })
  return new Map(chosen.flat())
}

/** Returns what logins have in common that use one password: all spellings of this machine are one. */
function loginKey({ host, port, user }: Login): string {
  return JSON.stringify([isLoopback(host) ? '' : host.toLowerCase(), port, user])
}

/** Returns the passwords that the internal database in use has for logins, by `loginKey`. */
async function storedPasswords(
  store: Store,
  wanted: ReadonlySet<string>,
): Promise<Map<string, KnownPassword[]>> {
  const found = new Map<string, KnownPassword[]>()
  const add = (login: Login, text: string | null) => {
    const key = loginKey(login)
    found.set(key, [...(found.get(key) ?? []), { text, origin: 'the internal database in use' }])
  }
  if (store.capabilities.hasServers) {
    for (const server of await store.servers()) {
      for (const user of server.roles) {
        const login = { ...storedAddress(server), user }
        const password = wanted.has(loginKey(login)) ? await readStoredPassword(store, server, user) : null
        if (password?.password) add(login, password.password)
      }
    }
    return found
  }
  for (const record of await readableRecords(store)) {
    for (const user of storedRoles(record)) {
      const login = { ...record, user }
      const password = wanted.has(loginKey(login)) ? await ownPassword(store, record.name) : null
      if (password !== null) add(login, password)
    }
  }
  return found
}

/** Returns `null` if the record has none, or one that the key does not open. */
async function ownPassword(store: Store, name: string): Promise<string | null> {
  try {
    return (await store.settings(name)).password
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'SECRET_KEY_MISMATCH') return null
    throw error
  }
}

function newestFirst(group: readonly SourceEntry[]): KnownPassword[] {
  return group
    .toSorted((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1))
    .map(({ name, settings }) => ({ text: settings.password, origin: `"${name}" of the source` }))
}

function distinct(passwords: readonly KnownPassword[]): KnownPassword[] {
  return passwords.filter(({ text }, index) => passwords.findIndex((other) => other.text === text) === index)
}

/** Returns `null` if none logs in: each entry then reports why its own does not. */
async function choosePassword(
  group: readonly SourceEntry[],
  known: readonly KnownPassword[],
  options: RunOptions,
): Promise<KnownPassword | null> {
  const admitted: KnownPassword[] = []
  for (const password of known) if (await logsIn(group, password.text, options)) admitted.push(password)
  const [first] = admitted
  const [entry] = group
  if (first === undefined || entry === undefined) return null
  const { user } = entry.settings
  options.onProgress?.({
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
  password: string | null,
  { onProgress: _quiet, ...options }: RunOptions,
): Promise<boolean> {
  const ownFirst = group.toSorted(
    (a, b) => Number(b.settings.password === password) - Number(a.settings.password === password),
  )
  for (const { settings } of ownFirst.slice(0, TRIED_ENTRIES)) {
    try {
      await withOpen({ ...settings, password }, withStoredPassword(options), async () => {})
      return true
    } catch (error) {
      if (!(error instanceof OperatorError) || options.signal?.aborted) throw error
      if (error.code === 'AUTHENTICATION_FAILED' || error.code === 'USAGE') return false
    }
  }
  return false
}
