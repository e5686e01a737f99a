/**
 * Compares two versions by their numbers, then as PEP 440 orders what follows them: development builds,
 * alphas, betas, release candidates, the release, later builds of it. Spellings of the same version
 * (`0.12.0-rc.1`, `0.12.0rc1`) are equal. Returns a negative number if the first version is earlier.
 */
export function compareVersions(one: string, other: string): number {
  const [first, second] = [partsOf(one), partsOf(other)]
  return (
    compareTokens(first.numbers, second.numbers) ||
    compareTokens(first.suffix, second.suffix) ||
    compareTokens(first.build, second.build)
  )
}

/** Returns whether a version is later than another one. */
export function isLaterVersion(version: string, than: string): boolean {
  return compareVersions(version, than) > 0
}

/** A number or a word of a version: how words sort among each other, then the number, then the word. */
type Token = readonly [rank: number, number: number, word: string]

/** A missing token: `rc` is `rc0`, and a version without a suffix is the release. */
const END: Token = [0, 0, '']

const RELEASE_CANDIDATE = -1
const BETA = -2
const ALPHA = -3
const DEVELOPMENT = -4
const LATER = 1

const RANKS: ReadonlyMap<string, number> = new Map([
  ['dev', DEVELOPMENT],
  ['a', ALPHA],
  ['alpha', ALPHA],
  ['b', BETA],
  ['beta', BETA],
  ['c', RELEASE_CANDIDATE],
  ['pre', RELEASE_CANDIDATE],
  ['preview', RELEASE_CANDIDATE],
  ['rc', RELEASE_CANDIDATE],
  ['post', LATER],
  ['r', LATER],
  ['rev', LATER],
])

function partsOf(version: string): { numbers: Token[]; suffix: Token[]; build: Token[] } {
  const [, numbers = '', suffix = '', build = ''] =
    /^v?([\d.]*)([^+]*)(?:\+(.*))?$/is.exec(version.trim()) ?? []
  return { numbers: tokensOf(numbers), suffix: tokensOf(suffix), build: tokensOf(build, LATER) }
}

/** @param unknown the rank of a word that no convention names: other tests precede the release */
function tokensOf(text: string, unknown = ALPHA): Token[] {
  return (text.toLowerCase().match(/\d+|[a-z]+/g) ?? []).map((token) => {
    if (/^\d/.test(token)) return [0, Number(token), '']
    const rank = unknown === LATER ? LATER : RANKS.get(token)
    return rank === undefined ? [unknown, 0, token] : [rank, 0, unknown === LATER ? token : '']
  })
}

function compareTokens(one: readonly Token[], other: readonly Token[]): number {
  for (let at = 0; at < Math.max(one.length, other.length); at++) {
    const [rank, number, word] = one[at] ?? END
    const [otherRank, otherNumber, otherWord] = other[at] ?? END
    const difference = rank - otherRank || number - otherNumber
    if (difference !== 0) return difference
    if (word !== otherWord) return word < otherWord ? -1 : 1
  }
  return 0
}
