import { existsSync, readFileSync } from 'node:fs'
import { isInContainer } from '../files/mounts.ts'

export type ContainerKind = 'docker' | 'podman' | 'kubernetes' | 'container'

/**
 * Returns the kind of container that this process runs in; `null` if it runs in none. Files of engines and
 * variables tell the kind alone: they are also on machines that started from the image of a container.
 */
export function containerKind(
  env: NodeJS.ProcessEnv = process.env,
  isContained: boolean = isInContainer(),
): ContainerKind | null {
  if (!isContained) return null
  if (env.KUBERNETES_SERVICE_HOST) return 'kubernetes'
  if (existsSync('/run/.containerenv')) return 'podman'
  if (existsSync('/.dockerenv')) return 'docker'
  let groups = ''
  try {
    groups = readFileSync('/proc/1/cgroup', 'utf8')
  } catch {
    // The process may not see the first one.
  }
  if (groups.includes('kubepods')) return 'kubernetes'
  if (groups.includes('libpod')) return 'podman'
  // With version 2 of control groups, the names do not show inside.
  return groups.includes('docker') ? 'docker' : 'container'
}

/** Returns the hint about a loopback host in a container of that kind: one sentence. */
export function loopbackHint(kind: ContainerKind): string {
  const itself = 'In this container, localhost is the container itself'
  switch (kind) {
    case 'kubernetes':
      return `${itself}: use the name of the PostgreSQL service, such as postgres.default.svc.`
    case 'podman':
      return `${itself}: for a server on the host machine, use host.containers.internal.`
    case 'docker':
      return (
        `${itself}: for a server on the host machine, use host.docker.internal (on Linux, with ` +
        '--add-host=host.docker.internal:host-gateway).'
      )
    case 'container':
      return `${itself}: use the server's address on the network, or mount its socket's directory.`
  }
}
