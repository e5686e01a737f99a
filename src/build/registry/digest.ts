import type { RegistryResponse } from './client.ts'
import { protocolError } from './errors.ts'

/**
 * Returns whether a response says that the registry has the bytes with a digest; `false` if it names none.
 *
 * Errors: `UNSUPPORTED_SERVER` if it names another digest.
 */
export function isStored({ headers, url }: RegistryResponse, digest: string): boolean {
  const named = headers['docker-content-digest']
  if (named === undefined) return false
  if (named === digest) return true
  throw protocolError(url.host, `stored other bytes than were sent: it reports another digest for ${digest}`)
}
