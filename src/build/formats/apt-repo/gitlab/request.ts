import { createReadStream } from 'node:fs'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { OperatorError } from '../../../../errors.ts'
import { connectionError } from './connection-error.ts'
import type { GitlabTarget } from './target.ts'

export interface RequestOptions {
  readonly signal: AbortSignal | undefined
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly pause?: number
  /** Milliseconds without a sign of life from the server. */
  readonly patience?: number
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
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter: number | null
  readonly location: string | null
  readonly text: string
}

/** How often a request is sent at most. */
export const ATTEMPTS = 4

/** The longest pause that a server can ask for, in milliseconds. */
const MAXIMUM_PAUSE = 60_000

/**
 * Sends a request and returns the response, whatever its status. It retries where the server or the network
 * fails for a while.
 *
 * Errors: `CONNECTION_FAILED`, `TLS_FAILED`; the reason of the signal.
 */
export async function requestWithRetries(
  target: GitlabTarget,
  request: GitlabRequest,
  options: RequestOptions,
): Promise<GitlabResponse> {
  for (let attempt = 1; ; attempt++) {
    const pause = (options.pause ?? 1000) * 2 ** (attempt - 1)
    try {
      const response = await send(target, request, options)
      const isTransient = response.status === 429 || response.status >= 500
      if (!isTransient || attempt === ATTEMPTS) return response
      await wait(Math.min(response.retryAfter ?? pause, MAXIMUM_PAUSE), undefined, { signal: options.signal })
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof OperatorError) || error.code !== 'CONNECTION_FAILED' || attempt === ATTEMPTS)
        throw error
      await wait(pause, undefined, { signal: options.signal })
    }
  }
}

async function send(
  { api, project, header, token }: GitlabTarget,
  { method, path, upload }: GitlabRequest,
  { signal, patience = 120_000 }: RequestOptions,
): Promise<GitlabResponse> {
  const url = new URL(`${api}/projects/${encodeURIComponent(project)}/${path}`)
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = start(url, {
    method,
    signal,
    // It counts from the first attempt to connect.
    timeout: patience,
    headers: {
      [header]: token,
      'User-Agent': 'mathesarctl',
      ...(upload && {
        'Content-Type': 'application/octet-stream',
        'Content-Length': upload.bytes,
        Expect: '100-continue',
      }),
    },
  })
  request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
  const body = upload && createReadStream(upload.path)
  try {
    return await new Promise<GitlabResponse>((resolve, reject) => {
      request.on('error', reject)
      // The response may come before the request has sent everything.
      request.on('response', (response) => readResponse(response).then(resolve, reject))
      body?.on('error', reject)
      if (body) onContinue(request, () => body.pipe(request))
      else request.end()
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw connectionError(url, error)
  } finally {
    body?.destroy()
    request.destroy()
  }
}

/**
 * Waits for the server to ask for the body. A server that refuses an upload answers at once; without this
 * wait it would cut the connection in the middle of the body, which could lose its answer. Some servers do
 * not know this protocol, so the wait ends after a second (RFC 9110, 10.1.1).
 */
function onContinue(request: ClientRequest, sendBody: () => void): void {
  const begin = () => {
    clearTimeout(timer)
    request.off('continue', begin)
    sendBody()
  }
  const timer = setTimeout(begin, 1000)
  request.on('continue', begin)
  for (const end of ['response', 'error', 'close']) request.on(end, () => clearTimeout(timer))
  request.flushHeaders()
}

async function readResponse(response: IncomingMessage): Promise<GitlabResponse> {
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  return {
    status: response.statusCode ?? 0,
    retryAfter: Number.isFinite(seconds) ? seconds * 1000 : null,
    location: response.headers.location ?? null,
    text: await readText(response),
  }
}

/** The longest response that is read, in bytes; a page of a list has some hundred kilobytes. */
const MOST_BYTES = 16 * 1024 * 1024

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let left = MOST_BYTES
  for await (const chunk of response as AsyncIterable<Buffer>) {
    left -= chunk.length
    if (left < 0) throw Object.assign(new Error('the response is too long'), { code: 'EMSGSIZE' })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
