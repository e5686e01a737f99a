import { OperatorError } from '../../errors.ts'
import { type HttpOptions, send } from '../../http/send.ts'
import type { Repository } from './reference.ts'

/**
 * Returns the origin of a registry's API, such as `https://ghcr.io`. A registry on this machine may speak
 * plain HTTP, which a request without credentials finds out.
 *
 * Errors: `CONNECTION_FAILED` for a registry on this machine that does not answer; the reason of the signal.
 */
export async function registryOrigin({ host, isLocal }: Repository, options: HttpOptions): Promise<string> {
  const encrypted = new URL(`https://${host}`).origin
  if (!isLocal) return encrypted
  const plain = new URL(`http://${host}`).origin
  const isPlain = await send({ method: 'GET', url: new URL(`${plain}/v2/`) }, options).then(
    // A server of https:// answers plain HTTP with 400, or not at all.
    ({ status }) => status !== 400,
    (error: unknown) => {
      if (isSilent(error)) throw error
      return false
    },
  )
  if (isPlain) return plain
  const speaksTls = await send({ method: 'GET', url: new URL(`${encrypted}/v2/`) }, options).then(
    () => true,
    (error: unknown) => error instanceof OperatorError && error.code === 'TLS_FAILED' && isCertificate(error),
  )
  return speaksTls ? encrypted : plain
}

/** Whether nothing listens, or nothing answers: another protocol would not change that. */
function isSilent(error: unknown): boolean {
  return error instanceof OperatorError && /^(?:ECONNREFUSED|ETIMEDOUT)$/.test(causeCode(error))
}

/** Whether the server spoke TLS, with a certificate that is not trusted. */
function isCertificate(error: OperatorError): boolean {
  return !/ERR_SSL|EPROTO/.test(causeCode(error))
}

function causeCode({ details: { cause } }: OperatorError): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}
