import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { repository } from './program.ts'

export interface BuildOptions {
  /** The checkout whose program builds, which must be built itself. */
  checkout?: string
  umask?: string
  env?: Readonly<Record<string, string>>
}

/** Runs `mathesarctl build` with these words, and returns the output directory. The caller deletes it. */
export function buildArtifacts(words: readonly string[], options: BuildOptions = {}): string {
  const out = mkdtempSync(join(tmpdir(), 'mathesarctl-artifacts-'))
  // npm is set up for its user: all of the environment stays. The official Node is taken from the registry
  // once, whatever the tests are.
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
