/** The published declarations, as a program without the types of Node reads them. */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const types = fileURLToPath(new URL('../../dist/types/', import.meta.url))

/** Returns the files that a declaration file leads to, itself included. */
function reachedFrom(path: string, reached = new Map<string, string>()): Map<string, string> {
  if (reached.has(path)) return reached
  const text = readFileSync(path, 'utf8')
  reached.set(path, text)
  for (const [, target = ''] of text.matchAll(/from '([.][^']+)[.]ts'/g)) {
    reachedFrom(join(dirname(path), `${target}.d.ts`), reached)
  }
  return reached
}

it('the published declarations need no types of Node', () => {
  const reached = reachedFrom(join(types, 'index.d.ts'))
  expect(reached.size).toBeGreaterThan(10)
  const code = [...reached].map(
    ([path, text]) => [relative(types, path), text.replace(/\/\*[\s\S]*?\*\//g, '')] as const,
  )
  const ofNode = code.filter(([, text]) => /from 'node:|\b(?:Buffer|NodeJS)\b/.test(text))
  expect(ofNode.map(([path]) => path)).toEqual([])
})
