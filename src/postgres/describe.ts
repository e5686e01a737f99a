import type { ConnectionSettings } from './types.ts'

/** Returns whether the host is the directory of a Unix socket. */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith('/')
}

/** Returns whether the spelling of a host means the machine of the program that connects to it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase()
  return isSocketDirectory(host) || name === 'localhost' || name === '::1' || /^127(\.\d+){3}$/.test(name)
}

/**
 * Returns whether two spellings of a host usually mean one server of this machine at one port. Another
 * address such as 127.0.0.2 can have a server of its own.
 */
export function areOneLoopback(host: string, other: string): boolean {
  const isUsual = (name: string) => isLoopback(name) && (!/^127\./.test(name) || name === '127.0.0.1')
  return host.toLowerCase() === other.toLowerCase() ? isLoopback(host) : isUsual(host) && isUsual(other)
}

type Server = Pick<ConnectionSettings, 'host' | 'port'>

/**
 * Returns where a server is, as one word: `db.example.org:5432`, `[::1]:5432`, or the directory of a Unix
 * socket and the number in the name of its file, `/run/postgresql:5432`. Where another place stands for the
 * host, it is named too: `mathesar_db (at 127.0.0.1:5433)`.
 */
export function describeServer({ host, port, reached }: Server & { reached?: Server }): string {
  const name = host.includes(':') ? `[${host}]` : host
  return reached === undefined ? `${name}:${port}` : `${name} (at ${describeServer(reached)})`
}

/** Returns the path of the socket file, by PostgreSQL's naming. */
export function socketPath(settings: Pick<ConnectionSettings, 'host' | 'port'>): string {
  return `${settings.host.replace(/\/+$/, '')}/.s.PGSQL.${settings.port}`
}

/** Returns a time in words, such as `10 s` or `0.5 s`. */
export function describeSeconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(1))} s`
}
