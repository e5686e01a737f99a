import { contentHash } from '../files/file-hash.ts'
import { MEDIA_TYPES } from '../image-layout.ts'
import type { RegistryClient, RegistryResponse } from './client.ts'
import { isStored } from './digest.ts'
import { protocolError, refusalError } from './errors.ts'
import type { Manifest } from './layout.ts'

/** Every type that a tag can name: without them, a registry may convert what it has. */
const ACCEPTED = [
  MEDIA_TYPES.index,
  MEDIA_TYPES.manifest,
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ')

/**
 * Returns the digest of the manifest that a tag names, as the registry reports it or by the manifest's bytes;
 * `null` if there is no such tag.
 *
 * Errors: those of `RegistryClient.send` and of `refusalError`.
 */
export async function taggedDigest(client: RegistryClient, tag: string): Promise<string | null> {
  const ask = (method: 'HEAD' | 'GET') =>
    client.send({ method, url: client.address(`manifests/${tag}`), headers: { Accept: ACCEPTED } })
  const found = (response: RegistryResponse) => {
    if (response.status === 404) return false
    if (response.status === 200) return true
    throw refusalError(client, `the search for the tag ${tag}`, response)
  }
  const response = await ask('HEAD')
  if (!found(response)) return null
  const named = response.headers['docker-content-digest']
  if (typeof named === 'string') return named
  const whole = await ask('GET')
  return found(whole) ? `sha256:${contentHash(whole.body)}` : null
}

/** Uploads a manifest under its digest, unless the repository has it. Returns whether it did. */
export async function uploadManifest(client: RegistryClient, manifest: Manifest): Promise<boolean> {
  const { digest } = manifest
  const url = client.address(`manifests/${digest}`)
  const response = await client.send({ method: 'HEAD', url, headers: { Accept: ACCEPTED } })
  if (response.status === 200) {
    isStored(response, digest)
    return false
  }
  if (response.status !== 404) throw refusalError(client, `the search for ${digest}`, response)
  await putManifest(client, digest, manifest)
  return true
}

/**
 * Writes a manifest under a tag or its digest: the exact bytes that were digested.
 *
 * Errors: those of `RegistryClient.send` and of `refusalError`; `UNSUPPORTED_SERVER` if the registry reports
 * another digest.
 */
export async function putManifest(
  client: RegistryClient,
  reference: string,
  { digest, mediaType, content }: Manifest,
): Promise<void> {
  const response = await client.send({
    method: 'PUT',
    url: client.address(`manifests/${reference}`),
    headers: { 'Content-Type': mediaType },
    body: { kind: 'bytes', bytes: content },
  })
  if (response.status < 200 || response.status >= 300) {
    const subject = reference === digest ? `the manifest ${digest}` : `the tag ${reference}`
    throw refusalError(client, subject, response)
  }
  if (!isStored(response, digest) && (await taggedDigest(client, reference)) !== digest)
    throw protocolError(response.url.host, `stored other bytes than were sent under ${reference}`)
}
