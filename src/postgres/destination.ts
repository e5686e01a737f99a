import { isSocketDirectory } from './describe.ts'
import type { ConnectionSettings, HostAddress } from './types.ts'

/** The host and port to which a connection is opened. */
export type Place = Pick<ConnectionSettings, 'host' | 'port'>

/** A host and port, and the place that stands for them, if one does. */
export type Reachable = Place & { reached?: Place }

/** Settings of a connection, and the place that stands for their host, if one does. */
export interface Destination extends ConnectionSettings {
  /** The host keeps its name: certificates and the password file are compared with that. */
  reached?: Place
}

/** Returns the address of a host; names are the same in capitals. */
export function addressOf(
  addresses: ReadonlyMap<string, HostAddress> | undefined,
  host: string,
): HostAddress | undefined {
  return addresses?.get(host) ?? addresses?.get(host.toLowerCase())
}

/** Returns the settings together with the place where their host is reached. */
export function destinationOf(
  { reached: _before, ...settings }: Destination,
  addresses: ReadonlyMap<string, HostAddress> | undefined,
): Destination {
  const known = addressOf(addresses, settings.host)
  if (known === undefined) return settings
  return { ...settings, reached: { host: known.address, port: known.port ?? settings.port } }
}

/** Returns the host and port to connect to. */
export function placeOf({ host, port, reached }: Reachable): Place {
  return reached ?? { host, port }
}

/** Returns whether a connection goes over a Unix socket, whatever its host is called. */
export function isSocket(destination: Reachable): boolean {
  return isSocketDirectory(placeOf(destination).host)
}

/**
 * Returns whether only the name of the port could tell two servers apart, and no connection can: both are on
 * one host, which is reached through an address with a port of its own.
 */
export function areIndistinct(
  one: Place,
  other: Place,
  addresses: ReadonlyMap<string, HostAddress> | undefined,
): boolean {
  const isOneHost = one.host.toLowerCase() === other.host.toLowerCase()
  return isOneHost && one.port !== other.port && addressOf(addresses, one.host)?.port !== undefined
}
