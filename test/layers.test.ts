import { describe, expect, it } from 'vitest'
import { findCircles, type Import, readImports } from './support/imports.ts'

/** What each folder of src may import from, beside itself: arrows point one way. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  cli: [
    'build',
    'databases',
    'schema',
    'store',
    'secrets',
    'postgres',
    'files',
    'ascii-space.ts',
    'break-lines.ts',
    'completion-scripts.ts',
    'errors.ts',
    'hint.ts',
    'listed.ts',
    'nearest.ts',
    'version.ts',
  ],
  build: [
    'files',
    'http',
    'locks',
    'ascii-space.ts',
    'break-lines.ts',
    'completion-scripts.ts',
    'errors.ts',
    'make-directories.ts',
    'version.ts',
  ],
  databases: [
    'schema',
    'store',
    'secrets',
    'postgres',
    'errors.ts',
    'hint.ts',
    'listed.ts',
    'nearest.ts',
    'version.ts',
  ],
  schema: [
    'postgres',
    'files',
    'http',
    'errors.ts',
    'hint.ts',
    'listed.ts',
    'make-directories.ts',
    'version.ts',
  ],
  store: ['secrets', 'postgres', 'files', 'locks', 'errors.ts', 'hint.ts', 'version.ts'],
  secrets: ['files', 'ascii-space.ts', 'errors.ts', 'hint.ts', 'listed.ts'],
  postgres: ['files', 'ascii-space.ts', 'errors.ts', 'hint.ts', 'listed.ts'],
  http: ['files', 'errors.ts'],
  files: ['errors.ts', 'hint.ts', 'make-directories.ts'],
  locks: [],
}

/** The folders of src/schema from the bottom to the top: each imports only from those before it. */
const SCHEMA_ORDER = ['sql', 'sources', 'inspect', 'session', 'dependents', 'removal', 'install']

const imports = readImports()
const own = imports.filter(({ to }) => to.endsWith('.ts'))

const folder = (path: string, depth: number) => path.split('/')[depth] ?? ''
const lines = (wrong: readonly Import[]) => wrong.map(({ from, to }) => `${from} -> ${to}`)

describe('the modules of src', () => {
  it('the modules of src do not import one another in a circle, not even types', () => {
    const edges = ['a b', 'b c', 'c b', 'c d'].map((edge) => {
      const [from = '', to = ''] = edge.split(' ')
      return { from, to, isTypeOnly: false }
    })
    expect(findCircles(edges)).toEqual([['b', 'c']])
    expect(findCircles(own)).toEqual([])
  })

  it.each(Object.entries(MAY_IMPORT))('the modules of src/%s import only from %j', (room, allowed) => {
    const wrong = own.filter(
      ({ from, to }) =>
        folder(from, 0) === room && folder(to, 0) !== room && !allowed.includes(folder(to, 0)),
    )
    expect(lines(wrong)).toEqual([])
  })

  it('the modules of src/cli know what lies below the use cases only by its types', () => {
    const below = ['schema', 'store', 'secrets', 'postgres']
    const wrong = own.filter(
      ({ from, to, isTypeOnly }) => folder(from, 0) === 'cli' && below.includes(folder(to, 0)) && !isTypeOnly,
    )
    expect(lines(wrong)).toEqual([])
  })

  it('the modules of src use SQLite only in src/store/sqlite and src/locks', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        (to === 'better-sqlite3' || to === 'node:sqlite') &&
        !from.startsWith('store/sqlite/') &&
        !from.startsWith('locks/'),
    )
    expect(lines(wrong)).toEqual([])
  })

  it('the modules of src know the kinds of stores only through src/store itself', () => {
    const wrong = own.filter(
      ({ from, to }) => /^store\/(?:sqlite|django)/.test(to) && !from.startsWith('store/'),
    )
    expect(lines(wrong)).toEqual([])
  })
})

describe('the folders of src/schema', () => {
  it('each folder of src/schema imports only from those below it', () => {
    const wrong = own.filter(({ from, to }) => {
      const [higher, lower] = [from, to].map((path) =>
        path.startsWith('schema/') ? SCHEMA_ORDER.indexOf(folder(path, 1)) : -1,
      ) as [number, number]
      return higher !== -1 && lower > higher
    })
    expect(lines(wrong)).toEqual([])
  })
})

describe('the folders of src/build', () => {
  it('formats do not import payloads, and payloads import only types of formats', () => {
    const wrong = own.filter(
      ({ from, to, isTypeOnly }) =>
        (from.startsWith('build/formats/') && to.startsWith('build/payloads/')) ||
        (from.startsWith('build/payloads/') && to.startsWith('build/formats/') && !isTypeOnly),
    )
    expect(lines(wrong)).toEqual([])
  })

  it('payloads do not import from one another', () => {
    const wrong = own.filter(
      ({ from, to }) =>
        from.split('/').length > 3 &&
        from.startsWith('build/payloads/') &&
        to.split('/').length > 3 &&
        to.startsWith('build/payloads/') &&
        folder(from, 2) !== folder(to, 2),
    )
    expect(lines(wrong)).toEqual([])
  })
})

/** The folders that hold several commands. */
const GROUPS = ['cli/commands', 'cli/commands/db', 'cli/commands/schema']

describe('the commands of src/cli', () => {
  it('the commands of src/cli import no other command, apart from the index of their group', () => {
    const place = (path: string) => path.slice(0, path.lastIndexOf('/'))
    const isCommand = (path: string) => path.startsWith('cli/commands/')
    const wrong = own.filter(({ from, to }) => {
      if (!isCommand(from) || !isCommand(to)) return false
      const isGroupIndex = from.endsWith('/index.ts') && to.startsWith(`${place(from)}/`)
      // A folder is one command; in the folder of a group each file is one.
      const isSameCommand = place(from) === place(to) && !GROUPS.includes(place(from))
      return !isGroupIndex && !isSameCommand
    })
    expect(lines(wrong)).toEqual([])
  })
})
