import { breakLine } from '../../break-lines.ts'

/*
 * Debian's conventions in control files, whose format deb822.ts reads: descriptions, and versions in order.
 */

/** The width of running text, as in the descriptions of Debian's own packages. */
const WIDTH = 78

/** Returns lines, which may be empty, as the continuation of a value. */
export function continuation(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '\n .' : `\n ${line}`)).join('')
}

/** Returns the value of Description from a synopsis and paragraphs of running text. */
export function formatDescription(synopsis: string, paragraphs: readonly string[]): string {
  return (
    synopsis +
    continuation(paragraphs.flatMap((text, index) => [...(index === 0 ? [] : ['']), ...wrapped(text)]))
  )
}

/** Returns the synopsis and the paragraphs of a value of Description. */
export function parseDescription(value: string): { synopsis: string; paragraphs: string[] } {
  const [synopsis = '', ...lines] = value.split('\n')
  const text = lines.map((line) => (line.trim() === '.' ? '\n' : line.trim())).join(' ')
  return { synopsis, paragraphs: text.split('\n').map((paragraph) => paragraph.trim()) }
}

function wrapped(text: string): string[] {
  return breakLine(text, { width: WIDTH - 1 }).split('\n')
}

/**
 * Returns a version by Semantic Versioning in Debian's order. A prerelease has a tilde, which sorts before
 * the end of the release, and no hyphen, after which a packager's own revision would begin.
 */
export function debianVersion(version: string): string {
  const [release = '', ...prerelease] = version.split('-')
  return prerelease.length === 0 ? release : `${release}~${prerelease.join('.')}`
}
