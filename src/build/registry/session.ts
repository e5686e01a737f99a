import type { HttpBody } from '../../http/send.ts'
import type { RegistryClient, RegistryResponse } from './client.ts'

/** An upload that the registry began. */
export interface Session {
  /** Where the next request of the upload goes. */
  readonly url: URL
  /** The least bytes of a chunk, apart from the last one; `null` if the registry does not ask for chunks. */
  readonly leastChunk: number | null
}

/** Sends the request that ends an upload, with the whole file or after its chunks. */
export function finishUpload(
  client: RegistryClient,
  session: Session,
  digest: string,
  body?: HttpBody,
): Promise<RegistryResponse> {
  const url = new URL(session.url)
  // The address may have parameters, which the registry recognizes the upload by.
  url.search = `${url.search === '' ? '?' : `${url.search}&`}digest=${encodeURIComponent(digest)}`
  return client.send({
    method: 'PUT',
    url,
    headers: { 'Content-Type': 'application/octet-stream' },
    ...(body && { body }),
    isRepeatable: false,
  })
}
