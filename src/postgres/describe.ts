import type { ConnectionSettings } from './types.ts'

/** Returns whether the host is the directory of a Unix socket. */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith('/')
}

/**
 * Returns the server in words, such as `"db.example.org" port 5432` or
 * `socket "/run/postgresql/.s.PGSQL.5432"`.
 */
export function describeServer(settings: Pick<ConnectionSettings, 'host' | 'port'>): string {
  return isSocketDirectory(settings.host)
    ? `socket "${socketPath(settings)}"`
    : `"${settings.host}" port ${settings.port}`
}

/** Returns the path of the socket file, by PostgreSQL's naming. */
export function socketPath(settings: Pick<ConnectionSettings, 'host' | 'port'>): string {
  return `${settings.host.replace(/\/+$/, '')}/.s.PGSQL.${settings.port}`
}

/** Returns a time in words, such as `10 s` or `0.5 s`. */
export function describeSeconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(1))} s`
}
