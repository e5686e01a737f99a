import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A request that a test's server received. */
export interface Received {
  method: string
  url: URL
  headers: IncomingHttpHeaders
  body: Buffer
}

/** Answers a request in its own way; returns whether it did. */
export type Trick = (request: Received, response: ServerResponse, count: number) => boolean

export interface FakeRegistry {
  /** Such as `127.0.0.1:4711`. */
  host: string
  requests: Received[]
  blobs: Map<string, Buffer>
  manifests: Map<string, { type: string; content: Buffer }>
  /** Digests by tags. */
  tags: Map<string, string>
  /** The requests as `METHOD path`. */
  lines(): string[]
}

export const sha256 = (content: Buffer | string) =>
  `sha256:${createHash('sha256').update(content).digest('hex')}`

/** Starts a server on this machine, and ends it with the test. */
export async function serve(
  handle: (request: Received, response: ServerResponse) => void,
): Promise<{ host: string; requests: Received[] }> {
  const requests: Received[] = []
  const server = createServer(async (request, response) => {
    try {
      const { method = '', headers } = request
      const body = await buffer(request)
      const received = { method, url: new URL(request.url ?? '', `http://${headers.host}`), headers, body }
      requests.push(received)
      handle(received, response)
    } catch {
      response.destroy()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

/**
 * Starts a registry that keeps everything in memory, by the OCI Distribution Specification 1.1.
 *
 * @param trick answers some requests in another way
 */
export async function fakeRegistry(trick: Trick = () => false): Promise<FakeRegistry> {
  const blobs: FakeRegistry['blobs'] = new Map()
  const manifests: FakeRegistry['manifests'] = new Map()
  const tags: FakeRegistry['tags'] = new Map()
  const uploads = new Map<string, Buffer>()
  let count = 0
  const { host, requests } = await serve((request, response) => {
    count++
    if (trick(request, response, count)) return
    const { method, url, headers, body } = request
    const reply = (status: number, fields: Record<string, string | number> = {}, content?: Buffer | string) =>
      response.writeHead(status, fields).end(method === 'HEAD' ? undefined : content)
    const fail = (status: number, code: string) =>
      reply(status, {}, JSON.stringify({ errors: [{ code, message: `the test says ${code}` }] }))
    if (url.pathname === '/v2/') return reply(200, {}, '{}')
    const [, name = '', kind = '', rest = ''] =
      /^\/v2\/(.+?)\/(blobs|manifests|tags)\/(.*)$/.exec(url.pathname) ?? []
    if (kind === 'tags') return reply(200, {}, JSON.stringify({ name, tags: [...tags.keys()] }))
    if (kind === 'manifests') {
      if (method === 'PUT') {
        const digest = sha256(body)
        manifests.set(digest, { type: headers['content-type'] ?? '', content: body })
        if (!rest.startsWith('sha256:')) tags.set(rest, digest)
        return reply(201, { 'docker-content-digest': digest })
      }
      const digest = rest.startsWith('sha256:') ? rest : tags.get(rest)
      const manifest = digest === undefined ? undefined : manifests.get(digest)
      if (digest === undefined || !manifest) return fail(404, 'MANIFEST_UNKNOWN')
      const fields = { 'docker-content-digest': digest, 'content-type': manifest.type }
      return reply(200, fields, manifest.content)
    }
    if (kind === 'blobs' && rest.startsWith('uploads/')) {
      const id = rest.slice('uploads/'.length) || randomUUID()
      const sent = uploads.get(id)
      const location = `/v2/${name}/blobs/uploads/${id}`
      const range = (bytes: number) => `0-${Math.max(0, bytes - 1)}`
      if (method === 'POST') {
        uploads.set(id, Buffer.alloc(0))
        return reply(202, { location })
      }
      if (!sent) return fail(404, 'BLOB_UPLOAD_UNKNOWN')
      if (method === 'DELETE') {
        uploads.delete(id)
        return reply(204)
      }
      if (method === 'GET') return reply(204, { location, range: range(sent.length) })
      const start = Number(headers['content-range']?.split('-')[0] ?? sent.length)
      if (start !== sent.length) return fail(416, 'BLOB_UPLOAD_INVALID')
      const content = Buffer.concat([sent, body])
      if (method === 'PATCH') {
        uploads.set(id, content)
        return reply(202, { location, range: range(content.length) })
      }
      const digest = url.searchParams.get('digest') ?? ''
      if (digest !== sha256(content)) return fail(400, 'DIGEST_INVALID')
      blobs.set(digest, content)
      uploads.delete(id)
      return reply(201, { 'docker-content-digest': digest, location: `/v2/${name}/blobs/${digest}` })
    }
    const blob = kind === 'blobs' ? blobs.get(rest) : undefined
    if (!blob) return fail(404, 'BLOB_UNKNOWN')
    return reply(200, { 'docker-content-digest': rest, 'content-length': blob.length }, blob)
  })
  const lines = () => requests.map(({ method, url }) => `${method} ${url.pathname}${url.search}`)
  return { host, requests, blobs, manifests, tags, lines }
}
