import type { ConnectionSettings, SslMode } from '../../postgres/types.ts'
import type { Layout, ServerRow } from '../django/types.ts'
import { DEFAULT_PORT } from './naming.ts'
import type { Entry, View } from './view.ts'

/**
 * Returns the server of a connection; of several, which differ by a port of NULL, the one that has the
 * database already, or else the one that has the port.
 */
export function serverFor(
  view: View,
  { host, port, database }: Pick<ConnectionSettings, 'host' | 'port' | 'database'>,
): ServerRow | null {
  const servers = view.serversAt(host, port)
  return (
    servers.find((server) => findDatabase(view, server, database) !== null) ??
    servers.find((server) => server.port !== null) ??
    servers[0] ??
    null
  )
}

export function findDatabase(view: View, { id }: ServerRow, database: string): Entry | null {
  return view.databasesOf(id).find((entry) => entry.database === database) ?? null
}

/** Mathesar stores sockets without a port since its column takes NULL, in 0.2.4. */
export function portFor(host: string, port: number, { nullable }: Layout): number | null {
  const isPlainSocket = host.startsWith('/') && port === DEFAULT_PORT
  return isPlainSocket && nullable.has('mathesar_server.port') ? null : port
}

/** Mathesar has no place for the certificates that these modes check a server with. */
export function storableSslMode(sslmode: SslMode): SslMode {
  return sslmode === 'verify-ca' || sslmode === 'verify-full' ? 'require' : sslmode
}
