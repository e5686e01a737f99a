import * as zod from 'zod'
import { parsedJson } from '../../http/quote.ts'
import type { RegistryClient } from './client.ts'
import { protocolError, refusalError } from './errors.ts'
import { taggedDigest } from './manifests.ts'

const PAGE = zod.object({ tags: zod.array(zod.string()).nullish() })

/** Tags that are read at once; a registry may return fewer. */
const PAGE_SIZE = 1000

/** A repository of a tool has some hundred tags. */
const MOST_PAGES = 100

/** Some registries answer 404 for a list that they do not have, although the repository exists. */
async function hasTag(client: RegistryClient, tag: string): Promise<boolean> {
  return (await taggedDigest(client, tag)) !== null
}

/**
 * Returns the tags of a repository; none if it does not exist yet, and `null` if the registry does not let
 * anyone list them.
 *
 * Errors: those of `RegistryClient.send` and of `refusalError`; `UNSUPPORTED_SERVER` for a list without an
 * end.
 */
export async function listTags(client: RegistryClient): Promise<readonly string[] | null> {
  const tags: string[] = []
  let url: URL | null = client.address(`tags/list?n=${PAGE_SIZE}`)
  const { host } = url
  for (let page = 1; url !== null; page++) {
    if (page > MOST_PAGES) throw protocolError(host, 'returns a list of tags without an end')
    const response = await client.send({ method: 'GET', url })
    // A repository that does not exist has no first page; a list that breaks off proves nothing.
    if (response.status === 404 && page === 1) return (await hasTag(client, 'latest')) ? null : tags
    if ([403, 404, 405, 501].includes(response.status)) return null
    if (response.status !== 200) throw refusalError(client, 'the list of tags', response)
    const list = PAGE.safeParse(parsedJson(response.body.toString('utf8'))).data
    if (list === undefined) throw protocolError(host, 'returns a list of tags in a wrong form')
    tags.push(...(list.tags ?? []))
    // RFC 8288: `</v2/owner/name/tags/list?n=1000&last=1.2.3>; rel="next"`.
    const [, next] = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(String(response.headers.link ?? '')) ?? []
    url = next === undefined ? null : client.addressIn(response, next)
  }
  return tags
}
