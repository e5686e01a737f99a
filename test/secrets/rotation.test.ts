import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { putInPlace } from '../../src/secrets/replace-key.ts'
import {
  backUpKey,
  createNewKey,
  isFinished,
  makeWay,
  markFinished,
  readRotationFiles,
  wasOvertaken,
} from '../../src/secrets/rotation.ts'
import { temporaryDirectory } from '../support/cli.ts'

const NOW = new Date('2026-11-30T14:00:00Z')
const LATER = new Date('2026-12-24T14:00:00Z')
const PURPOSE = { internalDatabase: 'one', location: '/srv/one', file: '/srv/one' }
const text = (path: string) => readFileSync(path, 'utf8')

function place() {
  const directory = join(temporaryDirectory(), 'keys')
  const path = join(directory, 'secret_key.new')
  const read = () => readRotationFiles(path, {})
  return { directory, path, read, names: () => readdirSync(directory).sort() }
}

it('goes through the states of its files, and never writes over a key', () => {
  const { directory, path, read, names } = place()
  expect(read()).toEqual({ newKeyFile: path, newKey: null, record: null, dated: [] })
  const first = createNewKey(read(), { from: 'old', old: ['old'] }, PURPOSE, {})
  expect(createNewKey(read(), { from: 'old', old: ['old'] }, PURPOSE, {})).toBe(first)
  const copy = backUpKey(read(), 'old', { now: NOW, purpose: PURPOSE, options: {} })
  expect(
    backUpKey(read(), 'old', { now: new Date('2027-01-01T00:00:00Z'), purpose: PURPOSE, options: {} }),
  ).toBe(copy)
  expect(copy).toBe(join(directory, 'secret_key.old-20261130T140000Z'))
  expect(isFinished(read())).toBe(false)
  markFinished(read(), NOW, {})
  markFinished(read(), NOW, {})
  expect(isFinished(read())).toBe(true)
  const next = createNewKey(makeWay(read(), NOW, {}), { from: first, old: [first] }, PURPOSE, {})
  expect(next).not.toBe(first)
  expect(text(backUpKey(read(), first, { now: LATER, purpose: PURPOSE, options: {} }))).toBe(first)
  expect(names().map((name) => [name, text(join(directory, name))])).toEqual([
    ['secret_key.new', next],
    ['secret_key.new.for', expect.stringMatching(/^\{"internalDatabase":"one",.*\}\n$/)],
    ['secret_key.old-20261130T140000Z', 'old'],
    // The copy of a key in use becomes that of an old one, with the date on which it was replaced.
    ['secret_key.old-20261224T140000Z', first],
  ])
})

it('keeps a copy of a key that makes way although its rotation was not finished', () => {
  const { directory, read, names } = place()
  const first = createNewKey(read(), { from: 'old', old: ['old'] }, PURPOSE, {})
  expect(wasOvertaken(read(), ['old'], 'one')).toBe(false)
  expect(wasOvertaken(read(), ['of another rotation', 'old'], 'one')).toBe(false)
  expect(wasOvertaken(read(), [], 'one')).toBe(false)
  expect(wasOvertaken(read(), ['of another rotation'], 'two')).toBe(false)
  expect(wasOvertaken(read(), ['of another rotation'], 'one')).toBe(true)
  const left = makeWay(read(), NOW, {})
  expect(left.newKey).toBeNull()
  const copy = join(directory, 'secret_key.old-20261130T140000Z')
  expect(left.dated).toEqual([{ path: copy, key: first, isOfFinished: false }])
  expect(names()).toEqual(['secret_key.new.for', 'secret_key.old-20261130T140000Z'])
  expect(text(copy)).toBe(first)
})

it('uses no record of another key than the one in the new key file', () => {
  const { path, read } = place()
  createNewKey(read(), { from: 'old', old: ['old'] }, PURPOSE, {})
  expect(read().record).toMatchObject({ internalDatabase: 'one' })
  rmSync(path)
  writeFileSync(path, 'mine', { mode: 0o600 })
  expect(read()).toMatchObject({ newKey: 'mine', record: null })
})

it('gives copies of different keys in the same second different names', () => {
  const { directory, read, names } = place()
  for (const key of ['a', 'b', 'a']) backUpKey(read(), key, { now: NOW, purpose: PURPOSE, options: {} })
  expect(names().map((name) => text(join(directory, name)))).toEqual(['a', 'b'])
  expect(read().dated.map(({ key }) => key)).toEqual(['b', 'a'])
})

it('skips a copy that others can read with a warning, and refuses such a new key file', () => {
  const { directory, path, names } = place()
  mkdirSync(directory, { mode: 0o700 })
  writeFileSync(join(directory, 'secret_key.old-20261130T140000Z'), 'a')
  chmodSync(join(directory, 'secret_key.old-20261130T140000Z'), 0o644)
  writeFileSync(join(directory, 'secret_key.old-mine'), 'b', { mode: 0o600 })
  const warnings: string[] = []
  const onWarning = (message: string) => void warnings.push(message)
  expect(readRotationFiles(path, { onWarning }).dated).toEqual([])
  expect(warnings).toEqual([expect.stringContaining('is not used')])
  writeFileSync(path, 'new')
  chmodSync(path, 0o644)
  expect(() => readRotationFiles(path, { onWarning })).toThrow(expect.objectContaining({ code: 'USAGE' }))
  expect(names()).toHaveLength(3)
})

it.runIf(process.platform !== 'win32')('waits for no pipe that has the name of one of its files', () => {
  const { directory, path, read } = place()
  mkdirSync(directory, { mode: 0o700 })
  const copy = join(directory, 'secret_key.old-20261130T140000Z')
  const hints: string[] = []
  const onWarning = (message: string, hint: string) => void hints.push(`${message} ${hint}`)
  for (const create of [() => spawnSync('mkfifo', ['-m', '600', copy]), () => mkdirSync(copy)]) {
    create()
    const begun = performance.now()
    expect(readRotationFiles(path, { onWarning }).dated).toEqual([])
    expect(performance.now() - begun).toBeLessThan(2_000)
    expect(hints.splice(0)).toEqual([expect.stringMatching(/not a regular file.*Delete or rename it/)])
    rmSync(copy, { recursive: true })
  }
  for (const create of [
    () => spawnSync('mkfifo', ['-m', '600', `${path}.for`]),
    () => mkdirSync(`${path}.for`),
  ]) {
    create()
    expect(read).toThrow(
      expect.objectContaining({ code: 'USAGE', hint: expect.stringContaining('Delete or rename it') }),
    )
    rmSync(`${path}.for`, { recursive: true })
  }
})

it('writes no key into a directory that other users can write to', () => {
  const { directory, read, names } = place()
  mkdirSync(directory)
  chmodSync(directory, 0o777)
  const refusal = expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('other users') })
  expect(() => createNewKey(read(), { from: 'old', old: ['old'] }, PURPOSE, {})).toThrow(refusal)
  expect(() => backUpKey(read(), 'old', { now: NOW, purpose: PURPOSE, options: {} })).toThrow(refusal)
  expect(names()).toEqual([])
})

it('reports why a key file cannot be replaced', () => {
  const { directory } = place()
  expect(putInPlace(join(directory, 'secret_key'), 'new', ['old'])).toBe('it does not exist')
})

it('leaves a key file alone that has another key by now', () => {
  const keyFile = join(temporaryDirectory(), 'secret_key')
  writeFileSync(keyFile, 'other', { mode: 0o600 })
  expect(putInPlace(keyFile, 'new', ['old'])).toBe('it has another key by now')
  expect(text(keyFile)).toBe('other')
  writeFileSync(keyFile, 'old')
  expect(putInPlace(keyFile, 'new', ['old'])).toBeNull()
  expect(text(keyFile)).toBe('new')
})

it.runIf(process.platform === 'linux')('leaves no part of a key on a full disk', ({ skip }) => {
  const directory = temporaryDirectory()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=700', 'tmpfs', directory])
  if (mounted.status !== 0) skip()
  onTestFinished(() => void spawnSync('umount', ['-l', directory]))
  const keyFile = join(directory, 'secret_key')
  writeFileSync(keyFile, 'old', { mode: 0o600 })
  const filler = join(directory, 'filler')
  try {
    writeFileSync(filler, Buffer.alloc(100_000))
  } catch {
    // It is full now.
  }
  const path = join(directory, 'secret_key.new')
  const read = () => readRotationFiles(path, {})
  const full = expect.objectContaining({ message: expect.stringContaining('the disk is full') })
  expect(() => createNewKey(read(), { from: 'old', old: ['old'] }, PURPOSE, {})).toThrow(full)
  expect(putInPlace(keyFile, 'new', ['old'])).toBe('the disk is full')
  expect(readdirSync(directory).sort()).toEqual(['filler', 'secret_key'])
  expect(text(keyFile)).toBe('old')
  rmSync(filler)
  createNewKey(read(), { from: 'old', old: ['old'] }, PURPOSE, {})
})
