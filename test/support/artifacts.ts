import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from './program.ts'

export interface BuildOptions {
  /** The checkout whose program builds; `npm run build` must have run in it. */
  checkout?: string
  umask?: string
  env?: Readonly<Record<string, string>>
}

/** Runs `mathesarctl build` with these words, and returns the output directory. The caller deletes it. */
export function buildArtifacts(words: readonly string[], options: BuildOptions = {}): string {
  const out = mkdtempSync(join(tmpdir(), 'mathesarctl-artifacts-'))
  // npm needs the environment of its user. All tests share the cache, so that the official Node is downloaded
  // once.
  const cache = join(repository, '.cache/xdg')
  mkdirSync(cache, { recursive: true })
  const launcher = join(options.checkout ?? repository, 'bin/mathesarctl.js')
  execFileSync(
    '/bin/sh',
    [
      '-c',
      `umask ${options.umask ?? '022'} && exec "$0" "$@"`,
      process.execPath,
      launcher,
      'build',
      ...words,
      '--out',
      out,
      '--quiet',
    ],
    {
      env: { ...process.env, XDG_CACHE_HOME: cache, ...options.env },
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: '/',
    },
  )
  return out
}
