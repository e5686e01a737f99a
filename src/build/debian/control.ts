/* What Debian has of its own in the fields of control files (deb822.ts reads and writes these): descriptions and versions. */

import { breakLine } from '../../break-lines.ts'

/** The width of running text, as in the descriptions of Debian's own packages. */
const WIDTH = 78

/** Lines that may be empty as the continuation of a value. */
export function continuation(lines: readonly string[]): string {
  return lines.map((line) => (line === '' ? '\n .' : `\n ${line}`)).join('')
}

/** The value of Description: a synopsis, and paragraphs of running text. */
export function formatDescription(synopsis: string, paragraphs: readonly string[]): string {
  return (
    synopsis +
    continuation(paragraphs.flatMap((text, index) => [...(index === 0 ? [] : ['']), ...wrapped(text)]))
  )
}

/** A value of Description, taken apart. */
export function parseDescription(value: string): { synopsis: string; paragraphs: string[] } {
  const [synopsis = '', ...lines] = value.split('\n')
  const text = lines.map((line) => (line.trim() === '.' ? '\n' : line.trim())).join(' ')
  return { synopsis, paragraphs: text.split('\n').map((paragraph) => paragraph.trim()) }
}

function wrapped(text: string): string[] {
  return breakLine(text, { width: WIDTH - 1 }).split('\n')
}

/**
 * A version by Semantic Versioning as Debian orders them: what comes before a release has a tilde, which sorts before the end,
 * and no hyphen, after which a packager's own revision would begin.
 */
export function debianVersion(version: string): string {
  const [release = '', ...before] = version.split('-')
  return before.length === 0 ? release : `${release}~${before.join('.')}`
}
