import { continuation, formatParagraph } from '../../archive/control.ts'

/** Code of somebody else's that is in the executable, with the text of its licence. */
export interface Notice {
  readonly name: string
  readonly version: string
  /** An SPDX identifier. */
  readonly licence: string
  readonly text: string
}

/** Between two packages in dist/THIRD-PARTY-NOTICES.txt, which scripts/build.ts writes. */
const SEPARATOR = `\n${'-'.repeat(78)}\n\n`

/** What DEP-5 calls a licence where that is not SPDX's name. */
const SHORT_NAMES: Readonly<Record<string, string>> = { MIT: 'Expat', 'Apache-2.0': 'Apache-2.0' }

export function parseNotices(text: string): Notice[] {
  const [introduction = '', ...rest] = text.split('\n\n')
  const parts = text.slice(introduction.length + 2).split(SEPARATOR)
  if (rest.length === 0) return []
  return parts.map((part) => {
    const [, name, version, licence] = /^(\S+) (\S+) \((.+)\)\n/.exec(part) ?? []
    if (!name || !version || !licence) throw new Error(`No notice of a package: ${part.slice(0, 80)}`)
    return { name, version, licence, text: part.slice(part.indexOf('\n')).trim() }
  })
}

/**
 * The copyright file of the Debian package, in the format of DEP-5: that of the sources, and a paragraph for each thing that is
 * bundled, with its licence in full.
 */
export function debianCopyright(sources: string, notices: readonly Notice[]): string {
  const paragraphs = notices.map((notice) =>
    formatParagraph([
      ['Files', `node_modules/${notice.name}/*`],
      ['Copyright', holders(notice)],
      ['License', licence(notice)],
      ['Comment', `${notice.name} ${notice.version}, in usr/bin/mathesarctl.`],
    ]),
  )
  return [sources.trimEnd(), ...paragraphs.map((paragraph) => paragraph.trimEnd())].join('\n\n').concat('\n')
}

/** What the licence's text says before its conditions begin. */
function holders({ name, text }: Notice): string {
  const lines = text
    .split('\n')
    .map((line) => /^\s*Copyright(?: \(c\)| ©)? (.*\d{4}.*|.*contributors.*)$/i.exec(line)?.[1]?.trim())
    .filter((line) => line !== undefined)
  const [first = `The authors of ${name}, who are named below or in its sources`, ...more] = [
    ...new Set(lines),
  ]
  return first + continuation(more)
}

function licence({ licence: name, text }: Notice): string {
  return (
    (SHORT_NAMES[name] ?? name).replaceAll(' ', '-') +
    continuation(text.split('\n').map((line) => line.trimEnd()))
  )
}
