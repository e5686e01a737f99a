import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { changeConfig, configLines } from '../../src/cli/settings/config-text.ts'
import { writeConfig } from '../../src/cli/settings/write-config.ts'
import { temporaryDirectory } from '../support/cli.ts'

const mode = (path: string) => statSync(path).mode & 0o777

describe('the text of config.yaml', () => {
  it('keeps every byte beside the value that changes', () => {
    const text =
      '# top\n\n# about quiet\nquiet: true   # why\n"internal-db":   \'/x\'  # mine\n\naddresses:\n    # two\n    "b": c\n\n\n# end'
    expect(
      changeConfig(text, { 'internal-db': 'postgresql://x@y/z', addresses: { b: '127.0.0.1:5433' } }),
    ).toBe(text.replace("'/x'", 'postgresql://x@y/z').replace(': c', ': 127.0.0.1:5433'))
    expect(changeConfig(text, { journal: 'database' })).toBe(`${text}\njournal: database\n`)
    expect(changeConfig(text, { addresses: { a: 'd' } })).toBe(text.replace('"b"', 'a: d\n    "b"'))
    expect(changeConfig(text, { 'internal-db': null })).toBe(text.replace(/"internal.*\n/, ''))
    expect(changeConfig(text, { 'internal-db': '/x', 'env-file': null })).toBe(text)
  })

  it.each([
    ['', 'nothing'],
    ['# only a comment\n', 'a comment alone'],
    ['---\nquiet: true\n', 'a document marker'],
    ['quiet: true\n...\n', 'an end marker'],
    ['{ quiet: true }\n', 'a flow map'],
    ['{}\n', 'an empty flow map'],
    ['quiet: true', 'no final newline'],
    ['quiet: true\r\nverbose: false\r\n', 'CR LF'],
    ['addresses: { a: b }\nquiet: true\n', 'a flow map inside'],
    ['addresses: {}\n', 'an empty flow map inside'],
    ['internal-db: >-\n  /a\n  b\nquiet: true\n', 'a folded value'],
    ['internal-db: "a\n  b"\nquiet: true\n', 'a value of several lines'],
    ['? internal-db\n: /a\n', 'an explicit key'],
    ['env-file: /x # y\n', 'a key to remove'],
    ['env-file: &a /x\nsecret-key-file: *a\n', 'an anchor'],
  ])('sets all values in %j: %s', (text) => {
    const changes = {
      'internal-db': "postgresql://o'x@h/d?a=b#c",
      'env-file': null,
      'secret-key-file': '/a: b',
      journal: 'directory',
      addresses: { '::1': '[::1]:5433', mathesar_db: '127.0.0.1', yes: '1.10' },
    }
    const { 'env-file': _, ...set } = changes
    const before = (parse(text) ?? {}) as Record<string, unknown> & { addresses?: object }
    const { 'env-file': __, ...kept } = before
    const changed = changeConfig(text, changes)
    expect(parse(changed)).toEqual({ ...kept, ...set, addresses: { ...before.addresses, ...set.addresses } })
    expect(changeConfig(changed, changes)).toBe(changed)
  })

  it('shows as lines what the file would need', () => {
    expect(configLines({ 'internal-db': null, 'env-file': '/a b', addresses: { x: 'y:1' } })).toEqual([
      'env-file: /a b',
      'addresses:',
      '  x: y:1',
    ])
  })
})

describe('writing config.yaml', () => {
  const place = () => join(temporaryDirectory(), 'config/mathesarctl/config.yaml')

  it('creates a private file in a private directory, and writes nothing if nothing changes', () => {
    const path = place()
    expect(writeConfig(path, { 'env-file': '/x' })).toEqual({ status: 'written' })
    expect([mode(path), mode(join(path, '..'))]).toEqual([0o600, 0o700])
    const { ino } = statSync(path)
    expect(writeConfig(path, { 'env-file': '/x' })).toEqual({ status: 'unchanged' })
    expect([statSync(path).ino, readdirSync(join(path, '..'))]).toEqual([ino, ['config.yaml']])
  })

  it('makes a file of the user private, and keeps the mode of the file of the machine', () => {
    for (const [isSystemWide, expected] of [
      [false, 0o600],
      [true, 0o640],
    ] as const) {
      const path = place()
      mkdirSync(join(path, '..'), { recursive: true })
      writeFileSync(path, 'quiet: true\n')
      chmodSync(path, 0o640)
      expect(writeConfig(path, { journal: 'database' }, { isSystemWide })).toEqual({ status: 'written' })
      expect([readFileSync(path, 'utf8'), mode(path)]).toEqual(['quiet: true\njournal: database\n', expected])
    }
  })

  it('changes the file that a symbolic link leads to, and keeps the link', () => {
    const path = place()
    const target = join(temporaryDirectory(), 'dotfile')
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(target, 'quiet: true\n')
    symlinkSync(target, path)
    expect(writeConfig(path, { journal: 'database' })).toEqual({ status: 'written' })
    expect(readFileSync(target, 'utf8')).toBe('quiet: true\njournal: database\n')
  })

  it('reports why the file cannot be written, and leaves nothing behind', () => {
    expect(writeConfig('/proc/mathesarctl/config.yaml', { journal: 'database' })).toEqual({
      status: 'failed',
      reason: expect.any(String),
    })
    const directory = temporaryDirectory()
    chmodSync(directory, 0o777)
    const path = join(directory, 'config.yaml')
    expect(writeConfig(path, { journal: 'database' })).toEqual({
      status: 'failed',
      reason: expect.stringContaining('other users can write'),
    })
    expect(existsSync(path)).toBe(false)
  })
})
