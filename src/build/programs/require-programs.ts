import { access, constants, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { usageError } from '../../errors.ts'
import type { Program } from '../types.ts'

/** Errors: `USAGE` that names all programs that are not on the PATH, and how to install them. */
export async function requirePrograms(programs: readonly Program[], env: NodeJS.ProcessEnv): Promise<void> {
  const missing = new Map<string, string>()
  for (const { name, install } of programs) if (!(await isOnPath(name, env))) missing.set(name, install)
  if (missing.size === 0) return
  const names = [...missing.keys()]
  throw usageError(
    `This build needs ${names.join(', ')}, which ${names.length === 1 ? 'is' : 'are'} not on the PATH.`,
    `To get ${names.length === 1 ? 'it' : 'them'}: ${[...new Set(missing.values())].join('; ')}.`,
  )
}

async function isOnPath(name: string, { PATH = '' }: NodeJS.ProcessEnv): Promise<boolean> {
  for (const directory of PATH.split(delimiter)) {
    const path = join(directory, name)
    const file = await access(path, constants.X_OK).then(
      () => stat(path),
      () => null,
    )
    if (file?.isFile()) return true
  }
  return false
}
