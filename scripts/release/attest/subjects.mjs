/**
 * Returns the files of a SHA256SUMS as subjects of an attestation (in-toto Statement v1). Throws an error if
 * there are none, or if a line is malformed.
 *
 * @param {string} sums
 * @returns {{ name: string, digest: { sha256: string } }[]}
 */
export function subjectsOf(sums) {
  const lines = sums.split('\n').filter((line) => line !== '')
  if (lines.length === 0) throw new Error('SHA256SUMS contains no files to attest')
  return lines.map((line) => {
    const [, sha256, name] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? []
    if (sha256 === undefined || name === undefined)
      throw new Error(`A line of SHA256SUMS is malformed: ${line}`)
    return { name, digest: { sha256 } }
  })
}

/**
 * Returns the digest of the image in an OCI layout, from the text of its `index.json`. Throws an error unless
 * that names exactly one image.
 *
 * @param {string} index
 * @returns {string} such as `sha256:0123…`
 */
export function imageDigestOf(index) {
  const { manifests } = JSON.parse(index)
  const digest = Array.isArray(manifests) && manifests.length === 1 ? manifests[0]?.digest : undefined
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error('index.json does not name exactly one image')
  return digest
}
