import { OperatorError } from '../errors.ts'
import { isLoopback } from './loopback.ts'
import { withRetries } from './retry.ts'
import { type HttpOptions, type HttpResponse, send } from './send.ts'

const MOST_REDIRECTS = 5

/** A response, and the address that it came from in the end. */
export interface Download extends HttpResponse {
  readonly url: URL
}

/**
 * Gets what is at an address, and follows redirects. It waits and tries again where the server fails for a
 * while, and not where the connection fails: there may be no network.
 *
 * Errors: those of `send`; `TLS_FAILED` for a redirect from https:// to http://; `UNSUPPORTED_SERVER` for
 * redirects without an end or without an address.
 */
export async function download(
  url: URL,
  headers: Readonly<Record<string, string>>,
  options: HttpOptions,
): Promise<Download> {
  let address = url
  for (let redirects = 0; ; redirects++) {
    const request = { method: 'GET', url: address, headers } as const
    const retries = { signal: options.signal, shouldReconnect: false }
    const response = await withRetries(() => send(request, options), retries)
    const { location } = response.headers
    if (!REDIRECTS.has(response.status) || location === undefined) return { ...response, url: address }
    if (redirects === MOST_REDIRECTS || !URL.canParse(location, address.href)) {
      throw new OperatorError(
        'UNSUPPORTED_SERVER',
        `${address.host} redirects without an end, or to no address.`,
        `${options.addressHint}.`,
      )
    }
    address = redirected(address, new URL(location, address.href))
  }
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Errors: `TLS_FAILED` for an address whose answer anybody on the way could replace. */
function redirected(from: URL, to: URL): URL {
  const isPlain = to.protocol === 'http:' && (from.protocol === 'http:' || isLoopback(to.hostname))
  if (to.protocol === 'https:' || isPlain) return to
  throw new OperatorError(
    'TLS_FAILED',
    `${from.host} redirects from https:// to ${to.protocol}//${to.host}.`,
    'Configure that server, or its proxy, with its address for https://.',
  )
}
