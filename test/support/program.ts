import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const repository = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** The version that the program says it is. */
export const VERSION = (
  JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { version: string }
).version

/** The program that users start. */
export const launcher = join(repository, 'bin/mathesarctl.js')

/** The environment of a user with nothing but a home directory. */
export function cleanEnvironment(
  home: string,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home, LANG: 'C.UTF-8', ...extra }
}
