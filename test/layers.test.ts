import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'
import { repository } from './support/program.ts'

/** What each room may import from, beside itself: arrows point one way. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  cli: [
    'build',
    'databases',
    'schema',
    'store',
    'secrets',
    'postgres',
    'files',
    'break-lines.ts',
    'completion-scripts.ts',
    'errors.ts',
    'version.ts',
  ],
  build: [
    'files',
    'locks',
    'break-lines.ts',
    'completion-scripts.ts',
    'errors.ts',
    'make-directories.ts',
    'version.ts',
  ],
  databases: ['schema', 'store', 'secrets', 'postgres', 'errors.ts', 'version.ts'],
  schema: ['postgres', 'errors.ts', 'version.ts'],
  store: ['secrets', 'postgres', 'files', 'locks', 'errors.ts', 'version.ts'],
  secrets: ['files', 'errors.ts'],
  postgres: ['files', 'errors.ts'],
  files: ['errors.ts', 'make-directories.ts'],
  locks: [],
}

const source = join(repository, 'src')

test.each(Object.keys(MAY_IMPORT))('src/%s imports only from where it may', (room) => {
  const wrong: string[] = []
  for (const entry of readdirSync(join(source, room), { recursive: true, withFileTypes: true })) {
    if (!entry.name.endsWith('.ts')) continue
    const path = join(entry.parentPath, entry.name)
    for (const [, target = ''] of readFileSync(path, 'utf8').matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)) {
      const [other = ''] = relative(source, join(dirname(path), target)).split('/')
      if (other !== room && !MAY_IMPORT[room]?.includes(other))
        wrong.push(`${relative(source, path)} → ${other}`)
    }
  }
  expect(wrong).toEqual([])
})
