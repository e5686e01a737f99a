import { createReadStream } from 'node:fs'
import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { OperatorError } from '../errors.ts'
import { watchBodyFile } from './body-file.ts'
import { type ConnectionHints, connectionError, USUAL_BYTES } from './connection-error.ts'
import { isLoopback } from './loopback.ts'

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpBody
}

/** Bytes, or a part of a file, which is not read into memory. */
export type HttpBody =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'file'; readonly path: string; readonly start: number; readonly bytes: number }

export interface HttpResponse {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface HttpOptions extends ConnectionHints {
  readonly signal: AbortSignal | undefined
  /**
   * Milliseconds without progress until a request fails: until the server accepts the next 64 KiB of the
   * body, until it begins to respond, and until the next 64 KiB of its response, or its end, arrive.
   */
  readonly patience?: number
  /** Called with what has arrived of the response, in bytes, and its length if the server states it. */
  readonly onReceived?: (bytes: number, length: number | null) => void
}

/** What counts as progress of a response, in bytes. */
const PROGRESS = 64 * 1024

/** Milliseconds without progress until a request fails. */
const PATIENCE = 120_000

/**
 * What is for this machine must not leave it, with credentials and without encryption, to a proxy that the
 * environment names.
 */
const WITHOUT_PROXY = { keepAlive: true, proxyEnv: {} }
const DIRECT = { 'http:': new HttpAgent(WITHOUT_PROXY), 'https:': new HttpsAgent(WITHOUT_PROXY) }

/**
 * Sends a request and returns the response, whatever its status. It follows no redirect, since its headers
 * may contain credentials.
 *
 * Errors: `CONNECTION_FAILED`, `TLS_FAILED`; `INTERNAL` if the file of the body can't be read; the reason of
 * the signal.
 */
export async function send(request: HttpRequest, options: HttpOptions): Promise<HttpResponse> {
  const { body } = request
  if (body?.kind !== 'file' || body.bytes === 0) return await sendOnce(request, options)
  const response = await sendOnce(request, options, true)
  // The server, or a proxy before it, does not know the announcement (RFC 9110, 10.1.1).
  return response.status === 417 ? await sendOnce(request, options) : response
}

/** @param isAnnounced whether the server is asked before the body is sent */
async function sendOnce(
  { method, url, headers, body }: HttpRequest,
  options: HttpOptions,
  isAnnounced = false,
): Promise<HttpResponse> {
  const { signal, patience = PATIENCE } = options
  signal?.throwIfAborted()
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:'
  const start = protocol === 'https:' ? httpsRequest : httpRequest
  const bytes = body === undefined ? 0 : body.kind === 'bytes' ? body.bytes.length : body.bytes
  const hasBody = body !== undefined || !['GET', 'HEAD', 'DELETE'].includes(method)
  const request = start(url, {
    method,
    signal,
    ...(isLoopback(url.hostname) && { agent: DIRECT[protocol] }),
    headers: {
      'User-Agent': 'mathesarctl',
      ...headers,
      ...(hasBody && { 'Content-Length': bytes }),
      ...(isAnnounced && { Expect: '100-continue' }),
    },
  })
  const timer = setTimeout(
    () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })),
    patience,
  )
  const file =
    body?.kind === 'file' && bytes > 0
      ? createReadStream(body.path, { start: body.start, end: body.start + bytes - 1 })
      : null
  try {
    return await new Promise<HttpResponse>((resolve, reject) => {
      request.on('error', reject)
      // The response may come before the request has sent everything.
      request.on('response', (response) => {
        timer.refresh()
        readResponse(response, options, () => timer.refresh()).then(resolve, reject)
      })
      if (file) watchBodyFile(file, bytes, { onProgress: () => timer.refresh(), onError: reject })
      const sendBody = () => {
        timer.refresh()
        if (file) file.pipe(request)
        else request.end(body?.kind === 'bytes' ? body.bytes : undefined)
      }
      // Listening to 'data' made the file flow: it waits until the server wants it.
      file?.pause()
      if (isAnnounced) onContinue(request, sendBody)
      else sendBody()
    })
  } catch (error) {
    signal?.throwIfAborted()
    // The file is the cause, and not the connection.
    if (error instanceof OperatorError) throw error
    throw connectionError(url, error, options)
  } finally {
    clearTimeout(timer)
    file?.destroy()
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

async function readResponse(
  response: IncomingMessage,
  { mostBytes = USUAL_BYTES, onReceived }: HttpOptions,
  onProgress: () => void,
): Promise<HttpResponse> {
  const stated = Number(response.headers['content-length'])
  const chunks: Buffer[] = []
  let received = 0
  let progress = PROGRESS
  for await (const chunk of response as AsyncIterable<Buffer>) {
    received += chunk.length
    // A response that trickles in is no progress.
    if (received >= progress) {
      onProgress()
      progress = received + PROGRESS
    }
    if (received > mostBytes) throw Object.assign(new Error('the response is too long'), { code: 'EMSGSIZE' })
    chunks.push(chunk)
    onReceived?.(received, Number.isNaN(stated) ? null : stated)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }
}
