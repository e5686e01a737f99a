import { isSocketDirectory } from '../../postgres/describe.ts'
import type { ConnectionSettings } from '../../postgres/types.ts'

/**
 * Returns the URL of an internal database for people: without password and parameters, except the directory
 * of a Unix socket.
 */
export function locationOf({ host, port, database, user }: ConnectionSettings): string {
  const [name, role] = [encodeURIComponent(database), encodeURIComponent(user)]
  if (isSocketDirectory(host)) {
    return `postgresql://${role}@/${name}?host=${encodeURIComponent(host).replaceAll('%2F', '/')}&port=${port}`
  }
  return `postgresql://${role}@${host.includes(':') ? `[${host}]` : host}:${port}/${name}`
}
