import * as zod from 'zod'
import { type ErrorCode, OperatorError } from '../../../../errors.ts'
import { parsedJson, quotable } from '../../../../http/quote.ts'
import { ATTEMPTS } from '../../../../http/retry.ts'
import { SUITE } from '../layout.ts'
import type { PackageEntry } from '../package-entry.ts'
import type { GitlabResponse } from './request.ts'
import type { GitlabTarget } from './target.ts'

/**
 * Returns the error for a version that the registry has with other contents; `uploaded` is null if it does
 * not say which.
 */
export function takenError(
  { name, version, architecture }: PackageEntry,
  uploaded: string | null,
): OperatorError {
  const contents = uploaded === null ? 'and does not report its contents' : 'with other contents'
  return new OperatorError(
    'NAME_TAKEN',
    `GitLab already has ${name} ${version} (${architecture}), ${contents}.`,
    'A published version never changes: build a new version of the package, or delete the one in the ' +
      "project's package registry if nobody has installed it.",
  )
}

/** Returns the error for a response that refuses an upload. */
export function refusalError(
  { api, project, header, token }: GitlabTarget,
  file: string,
  { status, text, location }: GitlabResponse,
): OperatorError {
  const { host } = new URL(api)
  const variable = header === 'PRIVATE-TOKEN' ? 'GITLAB_TOKEN' : 'CI_JOB_TOKEN'
  const failure = (code: ErrorCode, message: string, hint: string) => new OperatorError(code, message, hint)
  switch (status) {
    case 401:
      return failure(
        'AUTHENTICATION_FAILED',
        `${host} does not accept the token in ${variable}.`,
        'It expired, was revoked, or belongs to another server: create a new one with the scope api.',
      )
    case 403:
      return failure(
        'INSUFFICIENT_PRIVILEGE',
        `The token in ${variable} may not upload packages to ${project} on ${host}.`,
        'It needs the scope api and the role Developer in the project, and the package registry must ' +
          "be on in the project's settings.",
      )
    case 404:
      return failure(
        'NOT_FOUND',
        `${host} knows no project ${project} with a Debian registry and a distribution "${SUITE}" that ` +
          'this token may see.',
        "Check GITLAB_PROJECT. The server's administrator turns the Debian registry on (feature flag " +
          `debian_packages). Create the distribution once: curl --request POST --header "${header}: ` +
          `$${variable}" ` +
          `"${api}/projects/${encodeURIComponent(project)}/debian_distributions?codename=${SUITE}".`,
      )
    case 413:
      return failure(
        'INTERNAL',
        `${host} does not accept a file as large as ${file}.`,
        'Its administrator can raise the limit of the Debian registry, or of the web server before it.',
      )
    case 429:
      return failure(
        'CONNECTION_FAILED',
        `${host} receives too many requests.`,
        'Run the same command again later.',
      )
  }
  const quote = quotedMessage(text, token)
  if (status >= 500) {
    return failure(
      'CONNECTION_FAILED',
      `${host} reported an internal error (HTTP ${status}), ${ATTEMPTS} times in a row.`,
      `Run the same command again later.${quote}`,
    )
  }
  if (status >= 300 && status < 400) {
    const address = location ? `, ${quotable(location, [token])}` : ''
    return failure(
      'CONNECTION_FAILED',
      `${host} redirects to another address${address}.`,
      'Set GITLAB_URL to the server itself: the token is sent nowhere else.',
    )
  }
  return failure('INTERNAL', `${host} refuses ${file} (HTTP ${status}).`, `It changed nothing.${quote}`)
}

const MESSAGE = zod.object({ message: zod.unknown().optional(), error: zod.unknown().optional() })

/** Returns the sentence that quotes what a response says beside its status; empty if it says nothing. */
function quotedMessage(text: string, token: string): string {
  const parsed = MESSAGE.safeParse(parsedJson(text)).data
  const message = parsed?.message ?? parsed?.error
  if (message === undefined || message === null) return ''
  return ` It says: ${quotable(typeof message === 'string' ? message : JSON.stringify(message), [token])}`
}
