/*
 * Control files of Debian packages, as deb822(5) and the Debian Policy, chapter 5, have them: paragraphs of fields, whose
 * values may go on in lines that begin with a space.
 */

/** The width of running text, as in the descriptions of Debian's own packages. */
const WIDTH = 78

/** The paragraphs of a control file. A value has its line breaks, and all its lines but the first their leading space. */
export function parseParagraphs(text: string): Map<string, string>[] {
  const paragraphs: Map<string, string>[] = []
  let fields: Map<string, string> | null = null
  let last = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    if (line.trim() === '') {
      fields = null
      continue
    }
    if (fields === null) {
      fields = new Map()
      paragraphs.push(fields)
    }
    if (/^[ \t]/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''}\n${line}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon <= 0) throw new Error(`This line of a control file has no field: ${line}`)
    last = line.slice(0, colon)
    fields.set(last, line.slice(colon + 1).trim())
  }
  return paragraphs
}

/** One paragraph. */
export function formatParagraph(fields: Iterable<readonly [name: string, value: string]>): string {
  return [...fields].map(([name, value]) => `${name}:${value.startsWith('\n') ? '' : ' '}${value}\n`).join('')
}

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
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length < WIDTH)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/**
 * A version by Semantic Versioning as Debian orders them: what comes before a release has a tilde, which sorts before the end,
 * and no hyphen, after which a packager's own revision would begin.
 */
export function debianVersion(version: string): string {
  const [release = '', ...before] = version.split('-')
  return before.length === 0 ? release : `${release}~${before.join('.')}`
}
