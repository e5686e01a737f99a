import { OperatorError } from '../errors.ts'
import { sizeText } from '../files/size-limit.ts'

/** What the error for a request that got no response states, beside the failure. */
export interface ConnectionHints {
  /**
   * The sentence that says where the operator set the server's address, such as `Check GITLAB_URL`, without
   * its full stop.
   */
  readonly addressHint: string
  /** What to do after the connection was lost; by default what a push may do. */
  readonly lostHint?: string
  /** The longest response that is read, in bytes; by default `USUAL_BYTES`. */
  readonly mostBytes?: number
}

/** The longest response that is usually read, in bytes; a page of a list has some hundred kilobytes. */
export const USUAL_BYTES = 16 * 1024 * 1024

const UPLOAD_HINT = 'Run the same command again: what was uploaded stays.'

/** Returns the error for a request that got no response: `TLS_FAILED` or `CONNECTION_FAILED`. */
export function connectionError(
  { host, hostname }: URL,
  error: unknown,
  { addressHint, lostHint = UPLOAD_HINT, mostBytes = USUAL_BYTES }: ConnectionHints,
): OperatorError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const tlsError = (message: string, hint: string) =>
    new OperatorError('TLS_FAILED', message, hint, { cause: error })
  const failure = (message: string, hint: string) =>
    new OperatorError('CONNECTION_FAILED', message, hint, { cause: error })
  if (/ERR_SSL|EPROTO/.test(code)) {
    return tlsError(
      `${host} does not speak TLS, or does not follow the protocol (${code}).`,
      `${addressHint}: its port may be that of http://.`,
    )
  }
  if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO/.test(code)) {
    return tlsError(
      `The certificate of ${host} is not trusted (${code}).`,
      'If an authority of your own signed it, name a file with its certificate in NODE_EXTRA_CA_CERTS.',
    )
  }
  if (code.startsWith('ERR_PROXY')) {
    return failure(
      `The proxy does not connect to ${host} (${code}).`,
      'Check HTTPS_PROXY, or except the host in NO_PROXY.',
    )
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return failure(
      `The name ${hostname} does not resolve.`,
      `${addressHint}. Check that the name server of this machine knows that name.`,
    )
  if (code === 'ECONNREFUSED') return failure(`Nothing listens at ${host}.`, `${addressHint}.`)
  if (code === 'EMSGSIZE')
    return failure(
      `The answer of ${host} does not end after ${sizeText(mostBytes)}.`,
      `${addressHint}: another server may be there.`,
    )
  if (code === 'ETIMEDOUT')
    return failure(
      `${host} does not answer in time.`,
      'Check whether a firewall is in between, and try again. To use the proxy of HTTPS_PROXY, set ' +
        'NODE_USE_ENV_PROXY=1.',
    )
  return failure(`The connection to ${host} was lost (${code}).`, lostHint)
}

/** Returns whether an error says that a request got no response, so that another attempt may succeed. */
export function isConnectionLost(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'CONNECTION_FAILED'
}
