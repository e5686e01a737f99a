import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withDirectories } from '../../src/build/archives/tar.ts'
import { debianVersion, formatDescription, parseDescription } from '../../src/build/debian/control.ts'
import { parseParagraphs } from '../../src/build/debian/deb822.ts'
import { debianCopyright, parseNotices } from '../../src/build/payloads/mathesarctl/copyright.ts'
import { mathesarctlPayload } from '../../src/build/payloads/mathesarctl/index.ts'
import { COMPLETION_SCRIPTS } from '../../src/completion-scripts.ts'
import { repository, VERSION } from '../support/program.ts'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const [source, own] = parseParagraphs(read('debian/control'))

test('debian/changelog has the version of package.json, with the same date', () => {
  const changelog = read('debian/changelog')
  const [, version] = /^mathesarctl \((.+)\) unstable; urgency=\w+\n/.exec(changelog) ?? []
  expect(version).toBe(debianVersion(VERSION))
  const [, maintainer, date = ''] = /^ -- (.+) {2}(.+)$/m.exec(changelog) ?? []
  expect(maintainer).toBe(source?.get('Maintainer'))
  expect(Date.parse(date) / 1000).toBe(mathesarctlPayload({}).epoch)
})

test.each([
  ['1.2.3', '1.2.3'],
  ['1.0.0-rc.1', '1.0.0~rc.1'],
  ['1.0.0-rc-1.2', '1.0.0~rc.1.2'],
  ['1.0.0-beta+5', '1.0.0~beta+5'],
])('writes the version %s as %s for Debian', (version, debian) => {
  expect(debianVersion(version)).toBe(debian)
})

test('breaks the lines of the description as debian/control does, so that both ways of packing agree', () => {
  const written = own?.get('Description') ?? ''
  const { synopsis, paragraphs } = parseDescription(written)
  expect(paragraphs).toHaveLength(2)
  expect(formatDescription(synopsis, paragraphs)).toBe(written)
})

test('lists every directory once, before its contents', () => {
  const paths = withDirectories([
    { kind: 'file', path: '/a/b/c', content: '' },
    { kind: 'file', path: '/a/b-c', content: '' },
    { kind: 'directory', path: '/a/b', mode: 0o700 },
  ])
  expect(paths.map(({ path, mode }) => [path, mode])).toEqual([
    ['/', undefined],
    ['/a', undefined],
    ['/a/b', 0o700],
    ['/a/b/c', undefined],
    ['/a/b-c', undefined],
  ])
})

test('names every bundled package in the copyright file, and nowhere quotes the Apache License', () => {
  const notices = parseNotices(read('dist/THIRD-PARTY-NOTICES.txt'))
  const text = debianCopyright(read('debian/copyright'), notices)
  const bundled = JSON.parse(read('dist/bundled.json')) as { name: string; version: string }[]
  for (const { name, version } of bundled) {
    expect(text).toContain(` node_modules/${name}/*\n`)
    expect(text).toContain(`\n ${name} ${version}\n`)
  }
  expect(text).not.toContain('TERMS AND CONDITIONS FOR USE')
  expect(text).toContain('/usr/share/common-licenses/Apache-2.0')
  // Each line is a field, a continuation or empty, as the format wants it.
  expect(text.split('\n').filter((line) => !/^(?:$| |[A-Z][A-Za-z-]*: )/.test(line))).toEqual([])
})

test('states the license of LICENSE for the sources', () => {
  const [, , ...terms] = read('LICENSE').trim().split('\n\n')
  const [, files] = parseParagraphs(read('debian/copyright'))
  const quoted = files
    ?.get('License')
    ?.replace(/^Expat\n/, '')
    .replace(/^ \.?/gm, '')
  expect(quoted).toBe(terms.join('\n\n'))
})

test.each(['bash', 'zsh', 'fish'] as const)(
  'packs the completion for %s that the program prints',
  (shell) => {
    const printed = execFileSync(process.execPath, [
      join(repository, 'bin/mathesarctl.js'),
      'completion',
      shell,
    ])
    expect(printed.toString()).toBe(COMPLETION_SCRIPTS[shell])
  },
)
