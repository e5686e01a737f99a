import * as zod from 'zod'
import { type ErrorCode, OperatorError } from '../../errors.ts'
import { parsedJson, quotable } from '../../http/quote.ts'
import { ATTEMPTS, retryAfter } from '../../http/retry.ts'
import type { HttpResponse } from '../../http/send.ts'
import { type Credentials, secretsOf } from './credentials.ts'
import { CREDENTIALS_HINT } from './hints.ts'
import type { Repository } from './reference.ts'

/** What the errors of one push name. */
export interface PushFacts {
  readonly repository: Repository
  readonly credentials: Credentials | null
  /** The secrets that no message may repeat, with the tokens that the push received. */
  readonly secrets: readonly string[]
}

/** Returns the error for a response that refuses something, such as `the manifest sha256:…`. */
export function refusalError(
  { repository, credentials, secrets }: PushFacts,
  subject: string,
  response: HttpResponse & { readonly url: URL },
): OperatorError {
  const { status, headers } = response
  const { host } = response.url
  const { text } = repository
  const quote = quotedReason(response, secrets)
  const failure = (code: ErrorCode, message: string, hint: string) =>
    new OperatorError(code, message, `${hint}${quote}`)
  if ((status === 401 || status === 403) && credentials === null) {
    return failure(
      'AUTHENTICATION_FAILED',
      `${host} requires credentials for ${subject}, and none were found.`,
      CREDENTIALS_HINT,
    )
  }
  switch (status) {
    case 401:
      return failure(
        'AUTHENTICATION_FAILED',
        `${host} does not accept the credentials from ${credentials?.source}.`,
        `They are wrong or expired, or may not push to ${text}. ${CREDENTIALS_HINT}`,
      )
    case 403:
      return failure(
        'INSUFFICIENT_PRIVILEGE',
        `The credentials from ${credentials?.source} may not push to ${text}.`,
        'The account or token needs the permission to write to this repository, which may be called ' +
          'push, write:packages or write_registry.',
      )
    case 404:
      return failure(
        'NOT_FOUND',
        `${host} knows no repository ${repository.name} that accepts ${subject}.`,
        'Check the name in --push. Some registries create a repository only on their web page.',
      )
    case 413:
      return failure(
        'INTERNAL',
        `${host} does not accept ${subject}, because it is too large.`,
        'Its administrator can raise the limit of the registry, or of the web server before it.',
      )
    case 429:
      return failure('CONNECTION_FAILED', `${host} receives too many requests.`, `${laterHint(response)}`)
  }
  if (status >= 500 && status !== 501) {
    return failure(
      'CONNECTION_FAILED',
      `${host} reported an internal error (HTTP ${status}), ${ATTEMPTS} times in a row.`,
      laterHint(response),
    )
  }
  if (status >= 300 && status < 400) {
    const address = headers.location ? `, ${quotable(headers.location, secrets)}` : ''
    return failure(
      'UNSUPPORTED_SERVER',
      `${host} redirects ${subject} to another address${address}.`,
      'Name the registry itself in --push: the credentials are sent nowhere else.',
    )
  }
  return failure(
    status === 405 || status === 501 ? 'UNSUPPORTED_SERVER' : 'INTERNAL',
    `${host} refuses ${subject} (HTTP ${status}).`,
    'Tags that the push did not reach are as they were.',
  )
}

/** Returns the error for a token server that issues no token. */
export function tokenRefusal(
  { registry, text }: Repository,
  host: string,
  credentials: Credentials | null,
  response: HttpResponse,
): OperatorError {
  const { status } = response
  const quote = quotedReason(response, secretsOf(credentials))
  const name = host === registry ? host : `${host}, the token server of ${registry},`
  if (status === 401 || status === 403 || status === 400) {
    return credentials === null
      ? new OperatorError(
          'AUTHENTICATION_FAILED',
          `${registry} requires credentials for a push, and none were found.`,
          `${CREDENTIALS_HINT}${quote}`,
        )
      : new OperatorError(
          'AUTHENTICATION_FAILED',
          `${name} does not accept the credentials from ${credentials.source}.`,
          `They are wrong or expired, or may not push to ${text}.${quote}`,
        )
  }
  if (status === 429 || (status >= 500 && status !== 501)) {
    return new OperatorError(
      'CONNECTION_FAILED',
      `${name} can issue no token now (HTTP ${status}).`,
      `${laterHint(response)}${quote}`,
    )
  }
  return new OperatorError(
    'UNSUPPORTED_SERVER',
    `${name} issues no token (HTTP ${status}).`,
    `Check the registry in --push, and its setting for the address of the token server.${quote}`,
  )
}

/** Returns the error for a server that breaks the protocol, such as `returned no address for an upload`. */
export function protocolError(host: string, what: string): OperatorError {
  return new OperatorError(
    'UNSUPPORTED_SERVER',
    `${host} ${what}.`,
    'Check --push: the server may be no registry, or a proxy before it changes its answers.',
  )
}

function laterHint(response: HttpResponse): string {
  const pause = retryAfter(response)
  return pause
    ? `Run the same command again in ${Math.ceil(pause / 1000)} seconds: what was uploaded stays.`
    : 'Run the same command again later: what was uploaded stays.'
}

/** OCI Distribution Specification 1.1, "Error Codes"; token servers write `message` or `details`. */
const REASON = zod.object({
  errors: zod
    .array(zod.object({ code: zod.unknown().optional(), message: zod.unknown().optional() }))
    .optional()
    .catch(undefined),
  message: zod.unknown().optional(),
  error_description: zod.unknown().optional(),
  details: zod.unknown().optional(),
})

/** Returns the sentence that quotes what a response says beside its status; empty if it says nothing. */
function quotedReason({ body }: HttpResponse, secrets: readonly string[]): string {
  const reason = REASON.safeParse(parsedJson(body.toString('utf8'))).data
  const [first] = reason?.errors ?? []
  const words = first
    ? [first.code, first.message]
    : [reason?.error_description ?? reason?.message ?? reason?.details]
  const text = words.filter((word) => typeof word === 'string' && word !== '').join(': ')
  return text === '' ? '' : ` It says: ${quotable(text, secrets)}`
}
