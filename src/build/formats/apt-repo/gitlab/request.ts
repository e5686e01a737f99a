import { withRetries } from '../../../../http/retry.ts'
import { type HttpOptions, send } from '../../../../http/send.ts'
import type { GitlabTarget } from './target.ts'

export interface RequestOptions extends Pick<HttpOptions, 'signal' | 'patience'> {
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly pause?: number
}

export interface GitlabRequest {
  readonly method: 'GET' | 'PUT'
  /** Below the project, with its query. */
  readonly path: string
  /** The file that the request sends, and its size. */
  readonly upload: { readonly path: string; readonly bytes: number } | null
}

export interface GitlabResponse {
  readonly status: number
  readonly location: string | null
  readonly text: string
}

/**
 * Sends a request and returns the response, whatever its status. It retries where the server or the network
 * fails for a while.
 *
 * Errors: `CONNECTION_FAILED`, `TLS_FAILED`; the reason of the signal.
 */
export async function requestWithRetries(
  { api, project, header, token }: GitlabTarget,
  { method, path, upload }: GitlabRequest,
  options: RequestOptions,
): Promise<GitlabResponse> {
  const url = new URL(`${api}/projects/${encodeURIComponent(project)}/${path}`)
  const headers = { [header]: token, ...(upload && { 'Content-Type': 'application/octet-stream' }) }
  const {
    status,
    headers: received,
    body,
  } = await withRetries(
    () =>
      send(
        { method, url, headers, ...(upload && { body: { kind: 'file', start: 0, ...upload } }) },
        { ...options, addressHint: 'Check GITLAB_URL' },
      ),
    options,
  )
  return { status, location: received.location ?? null, text: body.toString('utf8') }
}
