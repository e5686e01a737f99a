import { continuation } from '../../debian/control.ts'
import { paragraphText } from '../../debian/deb822.ts'

/** A part of the executable that somebody else wrote, with the text of its license. */
export interface Notice {
  readonly name: string
  readonly version: string
  /** An SPDX identifier, or an expression of several. */
  readonly license: string
  readonly text: string
}

/** Between two packages in dist/THIRD-PARTY-NOTICES.txt, which scripts/build.ts writes. */
const SEPARATOR = `\n${'-'.repeat(78)}\n\n`

/** The names of licenses in DEP-5 that differ from those of SPDX. */
const SHORT_NAMES: Readonly<Record<string, string>> = { MIT: 'Expat' }

/** The Apache License from its title to its last line, wherever it stands in a text. */
const APACHE = /^[ \t]*Apache License\n\s*Version 2\.0, January 2004[\s\S]*?END OF TERMS AND CONDITIONS$/gm

/** Reads dist/THIRD-PARTY-NOTICES.txt. */
export function parseNotices(text: string): Notice[] {
  const introduction = text.indexOf('\n\n') + 2
  return text
    .slice(introduction)
    .split(SEPARATOR)
    .map((notice) => {
      const [heading, name, version, license] = /^(\S+) (\S+) \((.+)\)\n/.exec(notice) ?? []
      if (!heading || !name || !version || !license)
        throw new Error(`Not the notice of a package: ${notice.slice(0, 80)}`)
      return { name, version, license, text: notice.slice(heading.length).trim() }
    })
}

/**
 * Returns the copyright file of the Debian package in the format of DEP-5: that of the sources, and a
 * paragraph for each license of the bundled packages, with its text. It only refers to the Apache License, as
 * Debian's policy demands (12.5).
 */
export function debianCopyright(sources: string, notices: readonly Notice[]): string {
  const sameLicense = Map.groupBy(notices, ({ license, text }) => `${license}\n${text}`)
  const paragraphs = [...sameLicense.values()].map(paragraph)
  return `${[sources.trimEnd(), ...paragraphs].join('\n\n')}\n`
}

function paragraph(notices: readonly Notice[]): string {
  const [{ license, text } = { license: '', text: '' }] = notices
  const names = notices.map(({ name }) => name)
  const shortened = text.replace(
    APACHE,
    'The Apache License, Version 2.0: its text is in /usr/share/common-licenses/Apache-2.0 on Debian ' +
      'systems.',
  )
  return paragraphText([
    ['Files', lines(names.map((name) => `node_modules/${name}/*`))],
    ['Copyright', lines(holders(text, names))],
    ['License', (SHORT_NAMES[license] ?? license) + continuation(shortened.split('\n').map(trimEnd))],
    ['Comment', lines(['In the executable:', ...notices.map(({ name, version }) => `${name} ${version}`)])],
  ]).trimEnd()
}

/** Returns the copyright holders that a license names, or its authors where it names none. */
function holders(text: string, names: readonly string[]): string[] {
  const named = text
    .split('\n')
    .map((line) => /^\s*Copyright(?: \(c\)| \u00a9)? ([\dA-Z].*)$/i.exec(line)?.[1]?.trim())
    .filter((holder) => holder !== undefined && !/^(?:license|notice)/i.test(holder))
  return named.length === 0 ? [`The authors of ${names.join(', ')}`] : ([...new Set(named)] as string[])
}

function lines([first = '', ...more]: readonly string[]): string {
  return first + continuation(more)
}

function trimEnd(line: string): string {
  return line.trimEnd()
}
