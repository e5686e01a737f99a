import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { repository } from './program.ts'

/**
 * Expects a text to be exactly that of a golden file, a file in the repository that shows what the program
 * writes. With MATHESARCTL_GOLDEN=write it writes the file instead; `npm run golden` does this for all of
 * them, and `git diff` then shows how a change affects the output.
 *
 * @param path of the golden file, from the root of the repository: `test/cli/golden/help/db-add.txt`
 * @param text the output of the program, without anything that differs from run to run
 */
export function expectGolden(path: string, text: string): void {
  const file = join(repository, path)
  if (process.env.MATHESARCTL_GOLDEN === 'write') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return
  }
  expect(text, `differs from ${path}; if you intend the change, run npm run golden`).toBe(readGolden(file))
}

/** Returns the content of a golden file, or null if nobody has written it yet. */
function readGolden(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
