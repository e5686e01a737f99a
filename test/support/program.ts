import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The path of the checkout. */
export const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The version that the program reports. */
export const VERSION = (
  JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
).version

/** The script that npm installs under the program's name. */
const launcher = join(repository, 'bin/mathesarctl.js')

/**
 * Returns the command that users start: the launcher under a Node, or the single executable that
 * MATHESARCTL_TEST_EXECUTABLE names, for the same tests.
 */
export function programCommand(node?: string): readonly [file: string, ...args: string[]] {
  const executable = process.env.MATHESARCTL_TEST_EXECUTABLE
  return executable && node === undefined ? [executable] : [node ?? process.execPath, '--', launcher]
}

/** The same command as text for a shell. */
export const shellCommand = programCommand()
  .map((word) => `"${word}"`)
  .join(' ')

/** Returns the environment of a user with nothing but a home directory. */
export function cleanEnvironment(
  home: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8', ...extra }
}

/**
 * Returns the variable by which all runs of the program in the tests share their compiled code, as the runs
 * of one user do. Each test has a new home directory, without compiled code.
 */
export function compileCache(): { NODE_COMPILE_CACHE?: string } {
  const directory = process.env.MATHESARCTL_TEST_COMPILE_CACHE
  return directory === undefined ? {} : { NODE_COMPILE_CACHE: directory }
}

/**
 * The statements by which a script that root started continues as a user without privileges. Its imports come
 * before them, since that user may be unable to read the checkout.
 */
export const BECOME_NOBODY = 'process.setgroups([]); process.setgid(65534); process.setuid(65534)'
