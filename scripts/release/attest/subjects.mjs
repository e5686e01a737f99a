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
