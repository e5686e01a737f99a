import { chmodSync, chownSync, copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { it } from 'vitest'
import { repository } from './program.ts'

/** The ids of two users, who need no account. */
export const ALICE = 54_321
export const BOB = 54_322

/** Declares a test that needs files of several users. CI runs as root and must not skip it. */
export const itAsRoot = process.getuid?.() === 0 || process.env.CI ? it : it.skip

/** Changes the owner of files, and returns the first of them. */
export function changeOwner(uid: number, path: string, ...more: string[]): string {
  for (const one of [path, ...more]) chownSync(one, uid, uid)
  return path
}

/** Creates a directory with exactly that mode, whatever the umask is; returns its path. */
export function directory(path: string, mode = 0o755): string {
  mkdirSync(path)
  chmodSync(path, mode)
  return path
}

let copy: string | undefined

/**
 * Returns a copy of the built program that every user can read: only root may be able to read the checkout.
 */
export function programForEverybody(): readonly [file: string, ...args: string[]] {
  const executable = process.env.MATHESARCTL_TEST_EXECUTABLE
  copy ??= copyProgram(executable)
  return executable
    ? [join(copy, 'mathesarctl')]
    : [join(copy, 'node'), '--', join(copy, 'bin/mathesarctl.js')]
}

function copyProgram(executable: string | undefined): string {
  const place = mkdtempSync(join(tmpdir(), 'mathesarctl-program-'))
  process.once('exit', () => rmSync(place, { recursive: true, force: true }))
  chmodSync(place, 0o755)
  if (executable) {
    linkOrCopy(executable, join(place, 'mathesarctl'))
    return place
  }
  linkOrCopy(process.execPath, join(place, 'node'))
  for (const part of ['bin', 'dist', 'package.json', 'node_modules/better-sqlite3']) {
    mkdirSync(dirname(join(place, part)), { recursive: true })
    cpSync(join(repository, part), join(place, part), { recursive: true })
  }
  return place
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
    chmodSync(to, 0o755)
  }
}
