import { isConnectionLost } from '../../http/connection-error.ts'
import { ATTEMPTS, isTransient, pauseAfter, pauseFor } from '../../http/retry.ts'
import type { RegistryClient, RegistryResponse } from './client.ts'
import { isStored } from './digest.ts'
import { refusalError } from './errors.ts'
import type { Blob } from './layout.ts'
import { finishUpload, type Session } from './session.ts'
import { uploadInChunks } from './upload-chunks.ts'
import type { UploadOptions } from './upload-types.ts'

/**
 * Uploads a blob unless the repository has it, and returns whether it did. It sends the file in one request,
 * or in chunks to a registry that asks for chunks or refuses such a request. What fails for a while is tried
 * again.
 *
 * Errors: those of `RegistryClient.send`, and of `refusalError`; `UNSUPPORTED_SERVER` if the registry stored
 * other bytes than were sent.
 */
export async function uploadBlob(
  client: RegistryClient,
  blob: Blob,
  options: UploadOptions,
): Promise<boolean> {
  if (await hasBlob(client, blob)) return false
  let shouldSplit = false
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt === ATTEMPTS
    const session = await beginUpload(client, blob)
    shouldSplit ||= session.leastChunk !== null
    const response = await tryUpload(client, blob, session, {
      ...options,
      shouldSplit,
      isLast,
    })
    if (response?.status === 201 && isStored(response, blob.digest)) return true
    if (response === null || isSuccess(response)) {
      // The response was lost, or does not say what the registry stored.
      if (await hasBlob(client, blob)) return true
    } else {
      await cancel(client, session)
    }
    const isRefusedWhole: boolean = !shouldSplit && (response?.status === 413 || response?.status === 416)
    const usualPause = (options.pause ?? 1000) * 2 ** (attempt - 1)
    const pause = response === null ? usualPause : pauseAfter(response, usualPause)
    const isFinal = isLast || pause === null
    if (response !== null && (isFinal || !(isRefusedWhole || canSucceedLater(response))))
      throw refusalError(client, blob.digest, response)
    shouldSplit ||= isRefusedWhole
    await pauseFor(pause ?? usualPause, options.signal)
  }
}

/** Returns the last response to an upload; `null` if the connection was lost, unless it was the last try. */
async function tryUpload(
  client: RegistryClient,
  blob: Blob,
  session: Session,
  { shouldSplit, isLast, ...options }: UploadOptions & { shouldSplit: boolean; isLast: boolean },
): Promise<RegistryResponse | null> {
  try {
    return shouldSplit
      ? await uploadInChunks(client, blob, session, options)
      : await uploadWhole(client, blob, session)
  } catch (error) {
    options.signal?.throwIfAborted()
    if (!isConnectionLost(error) || isLast) throw error
    return null
  }
}

/** Errors: those of `isStored` and of `refusalError`. */
async function hasBlob(client: RegistryClient, { digest }: Blob): Promise<boolean> {
  const response = await client.send({ method: 'HEAD', url: client.address(`blobs/${digest}`) })
  if (response.status === 404) return false
  if (response.status !== 200) throw refusalError(client, `the search for ${digest}`, response)
  isStored(response, digest)
  return true
}

async function beginUpload(client: RegistryClient, { digest }: Blob): Promise<Session> {
  const response = await client.send({ method: 'POST', url: client.address('blobs/uploads/') })
  if (response.status !== 202) throw refusalError(client, `an upload of ${digest}`, response)
  const least = response.headers['oci-chunk-min-length']
  return {
    url: client.addressIn(response, response.headers.location),
    leastChunk: typeof least === 'string' && /^\d{1,12}$/.test(least) ? Number(least) : null,
  }
}

function uploadWhole(client: RegistryClient, blob: Blob, session: Session): Promise<RegistryResponse> {
  const body = { kind: 'file', path: blob.path, start: 0, bytes: blob.bytes } as const
  return finishUpload(client, session, blob.digest, body)
}

function isSuccess({ status }: RegistryResponse): boolean {
  return status >= 200 && status < 300
}

/** 404: the registry forgot the upload, as it does when it restarts. */
function canSucceedLater(response: RegistryResponse): boolean {
  return isSuccess(response) || isTransient(response) || response.status === 404
}

/** Lets the registry delete what it has of an upload. It would do so by itself, days later. */
async function cancel(client: RegistryClient, { url }: Session): Promise<void> {
  await client.send({ method: 'DELETE', url, isRepeatable: false }).catch(() => {})
}
