import { isSocketDirectory } from '../postgres/describe.ts'

/** The name by which a container reaches the machine that runs it. */
export const CONTAINER_HOST = 'host.docker.internal'

/** Returns whether the spelling of a host means the machine of the program that connects to it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase()
  return isSocketDirectory(host) || name === 'localhost' || name === '::1' || /^127(\.\d+){3}$/.test(name)
}
