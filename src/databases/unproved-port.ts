import { describeServer } from '../postgres/describe.ts'
import { addressOf } from '../postgres/destination.ts'
import type { ConnectionSettings } from '../postgres/types.ts'
import type { RunOptions } from './events.ts'
import type { InternalDatabase } from './internal-target.ts'

/** The port of a server of which nothing else is known. */
const USUAL_PORT = 5432

/**
 * Warns of a port that is to be stored and that the connection does not prove, since this machine reaches
 * the host through an address with a port of its own. The likely port is that of the internal database on
 * the same host, or else PostgreSQL's own; no warning comes of that one.
 */
export function warnOfUnprovedPort(
  { host, port }: Pick<ConnectionSettings, 'host' | 'port'>,
  internal: readonly InternalDatabase[],
  { addresses, onProgress }: RunOptions,
): void {
  const reached = addressOf(addresses, host)
  if (reached?.port === undefined) return
  const own = internal.find(({ settings }) => settings.host.toLowerCase() === host.toLowerCase())
  const likely = own?.settings.port ?? USUAL_PORT
  if (port === likely) return
  const place = describeServer({ host: reached.address, port: reached.port })
  onProgress?.({
    type: 'warning',
    message:
      `Port ${port} of "${host}" was not checked: this machine reaches the host through an address with a ` +
      `port of its own, ${place}.`,
    hint:
      `Mathesar connects to ${describeServer({ host, port })}. Pass --port ${likely} instead if the server ` +
      'uses ' +
      (own ? 'the same port as the internal database.' : "PostgreSQL's usual port there."),
  })
}
