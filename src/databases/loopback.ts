import { isLoopback } from '../postgres/describe.ts'
import { addressOf } from '../postgres/destination.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { RunOptions } from './events.ts'

/** The name by which a container reaches the machine that runs it. */
export const CONTAINER_HOST = 'host.docker.internal'

/** Warns of a host that leads a Mathesar in a container to that container itself. */
export function warnOfLoopback(
  { host, port }: Pick<ConnectionSettings, 'host' | 'port'>,
  { isInContainer = false }: { isInContainer?: boolean },
  { addresses, onProgress }: RunOptions,
): void {
  if (!isInContainer || !isLoopback(host) || addressOf(addresses, host)) return
  onProgress?.({
    type: 'warning',
    message: `This Mathesar runs in a container, where "${host}" is the container itself, and not this machine.`,
    hint:
      `Store ${CONTAINER_HOST} in its place, if that leads to this machine from there: ` +
      `--host ${CONTAINER_HOST} --address ${CONTAINER_HOST}=127.0.0.1:${port}`,
  })
}
