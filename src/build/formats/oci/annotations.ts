import type { About } from '../../types.ts'

/**
 * Returns the facts about an image under their predefined names (image-spec, annotations.md), in the order of
 * the names. The index, the manifests and the configurations all have them, since programs look in different
 * places. There is no base image that base.name and base.digest could state.
 *
 * @param epoch seconds since 1970
 */
export function annotationsOf(
  about: About,
  revision: string | null,
  epoch: number,
): Readonly<Record<string, string>> {
  const { description, homepage, license, maintainer, name, summary, version } = about
  const facts: Record<string, string | null> = {
    authors: maintainer,
    created: createdAt(epoch),
    description: description[0] ?? summary,
    licenses: license,
    revision,
    source: homepage,
    title: name,
    url: homepage,
    version,
  }
  return Object.fromEntries(
    Object.entries(facts).flatMap(([key, value]) =>
      value === null ? [] : [[`org.opencontainers.image.${key}`, value]],
    ),
  )
}

/** Returns a time as RFC 3339 writes it. */
export function createdAt(epoch: number): string {
  return new Date(epoch * 1000).toISOString().replace('.000Z', 'Z')
}
