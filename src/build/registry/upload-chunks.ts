import { isConnectionLost } from '../../http/connection-error.ts'
import { ATTEMPTS, isTransient, pauseAfter, pauseFor } from '../../http/retry.ts'
import type { RegistryClient, RegistryResponse } from './client.ts'
import { protocolError } from './errors.ts'
import type { Blob } from './layout.ts'
import { finishUpload, type Session } from './session.ts'
import type { UploadOptions } from './upload-types.ts'

/** The bytes of a chunk, unless the registry wants larger ones or refuses such. */
const CHUNK = 16 * 1024 * 1024

/** No proxy refuses a smaller request as too large, in bytes. */
const LEAST_CHUNK = 256 * 1024

/** An upload has at most this many chunks besides those of the least size. */
const MOST_REQUESTS = 100

/**
 * Uploads a file in chunks (OCI Distribution Specification 1.1, "Pushing a blob in chunks"), and returns the
 * response to the last request, or to one that the registry refused. After a failure it asks the registry
 * how much arrived, and continues there.
 *
 * Errors: those of `RegistryClient.send`, if the connection fails several times in a row.
 */
export async function uploadInChunks(
  client: RegistryClient,
  blob: Blob,
  session: Session,
  { signal, pause = 1000 }: UploadOptions,
): Promise<RegistryResponse> {
  const least = Math.max(session.leastChunk ?? 0, 1)
  let chunk = Math.max(least, CHUNK)
  let progress: Progress = { url: session.url, received: 0 }
  let failures = 0
  let requests = 0
  while (progress.received < blob.bytes) {
    // A registry could store a byte of each chunk, or forget what it has again and again.
    if (++requests > MOST_REQUESTS + blob.bytes / LEAST_CHUNK)
      throw protocolError(progress.url.host, `does not finish the upload of ${blob.digest}`)
    const length = Math.min(chunk, blob.bytes - progress.received)
    const response = await sendChunk(client, blob, progress, length).catch((error: unknown) => {
      signal?.throwIfAborted()
      if (!isConnectionLost(error) || failures + 1 === ATTEMPTS) throw error
      return null
    })
    const before = progress.received
    if (response?.status === 413 && chunk > Math.max(least, LEAST_CHUNK)) {
      chunk = Math.max(least, LEAST_CHUNK, Math.floor(length / 4))
      continue
    }
    if (response !== null && response.status >= 200 && response.status < 300) {
      progress = progressIn(client, response, { ...progress, received: before + length })
    } else {
      const canContinue = response === null || response.status === 416 || isTransient(response)
      const usualPause = pause * 2 ** failures
      const nextPause = response === null ? usualPause : pauseAfter(response, usualPause)
      if (response !== null && (!canContinue || nextPause === null || failures + 1 === ATTEMPTS))
        return response
      await pauseFor(nextPause ?? usualPause, signal)
      const status = await client.send({ method: 'GET', url: progress.url })
      // The registry forgot the upload, so that the caller begins another one.
      if (status.status < 200 || status.status >= 300) return status
      progress = progressIn(client, status, { ...progress, received: 0 })
    }
    if (progress.received > blob.bytes)
      throw protocolError(progress.url.host, `reports more bytes of ${blob.digest} than were sent`)
    failures = progress.received > before ? 0 : failures + 1
    if (failures === ATTEMPTS)
      throw protocolError(progress.url.host, `receives chunks of ${blob.digest} and stores none`)
  }
  return await finishUpload(client, { ...session, url: progress.url }, blob.digest)
}

/** How far an upload is. */
interface Progress {
  readonly url: URL
  /** The bytes that the registry has. */
  readonly received: number
}

function sendChunk(
  client: RegistryClient,
  { path }: Blob,
  { url, received }: Progress,
  length: number,
): Promise<RegistryResponse> {
  return client.send({
    method: 'PATCH',
    url,
    headers: {
      'Content-Type': 'application/octet-stream',
      // Both ends are inclusive, and no unit precedes them.
      'Content-Range': `${received}-${received + length - 1}`,
    },
    body: { kind: 'file', path, start: received, bytes: length },
    isRepeatable: false,
  })
}

/** Reads how far an upload is; `usual` is what a response means that does not say it. */
function progressIn(client: RegistryClient, response: RegistryResponse, usual: Progress): Progress {
  const { location, range } = response.headers
  const [, end] = /^(?:bytes=)?0-(\d+)$/.exec(range ?? '') ?? []
  return {
    url: location === undefined ? usual.url : client.addressIn(response, location),
    // CNCF Distribution writes 0-0 where it has nothing, and no chunk is a single byte long.
    received: end === undefined ? usual.received : end === '0' ? 0 : Number(end) + 1,
  }
}
