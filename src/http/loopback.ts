import { isIPv4 } from 'node:net'

/**
 * Returns whether a host name of a URL is this machine: what is sent there does not leave it.
 *
 * @param hostname as `URL.hostname` returns it, so that `127.1` is `127.0.0.1`
 */
export function isLoopback(hostname: string): boolean {
  // A name may start like an address of this machine: 127.example.org.
  return hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'))
}
