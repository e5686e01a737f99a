import { accessSync, constants, lstatSync, readFileSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { isComposeFile } from '../../../../databases/interface/compose.ts'
import { isPlainKey } from '../../../../databases/interface/secret-key.ts'
import { isInContainer } from '../../../../files/mounts.ts'
import { shellQuoted } from '../../../../hint.ts'
import type { VariablePlace } from '../../../../secrets/env-file.ts'

/** A key file, and the file that gets its key. */
interface Target {
  newKeyFile: string
  path: string
}

/**
 * Returns the command that writes the new key into a key file, which keeps its owner and mode. It runs as
 * root where this user may not write to the file.
 */
export function copyKeyCommand({ newKeyFile, path }: Target): string {
  const [source, target] = [shellQuoted(newKeyFile), shellQuoted(path)]
  return needsRoot(path) ? `sudo tee ${target} < ${source} > /dev/null` : `cat ${source} > ${target}`
}

/**
 * Returns the command that sets the variable of the key in an `.env` file, where one line of the file plainly
 * has the old key, or where the file sets none at all; otherwise `null`, as for a Compose file. The key is in
 * the arguments of no process.
 *
 * @param oldKey the key that the file gives; `null` if it gives none
 */
export function setVariableCommand(
  { newKeyFile, path, variable = 'SECRET_KEY' }: Target & VariablePlace,
  oldKey: string | null,
): string | null {
  if (isComposeFile(path)) return null
  const text = readText(path)
  const newKey = readText(newKeyFile)
  if (text === null || newKey === null || !isPlainKey(newKey)) return null
  const lines = text.split('\n').filter((line) => new RegExp(`^[^#]*\\b${variable}\\s*[=:]`).test(line))
  const [line] = lines
  const key = `"$(cat ${shellQuoted(newKeyFile)})"`
  const real = shellQuoted(isLink(path) ? realpathSync(path) : path)
  if (line === undefined) {
    if (oldKey !== null) return null
    const print = `printf '\\n${variable}=%s\\n' ${key}`
    return needsRoot(path) ? `${print} | sudo tee -a ${real} > /dev/null` : `${print} >> ${real}`
  }
  if (lines.length > 1 || !line.startsWith(`${variable}=`)) return null
  const value = line.slice(`${variable}=`.length).replace(/\r$/, '').trim()
  const isPlainLine = ['', "'", '"'].some((quote) => value === `${quote}${oldKey ?? ''}${quote}`)
  if (!isPlainLine) return null
  // sed writes a new file beside the old one.
  const root = needsRoot(path) || needsRoot(dirname(realpathSync(path))) ? 'sudo ' : ''
  const inPlace = process.platform === 'darwin' ? "-i '' -f /dev/stdin" : '-i -f -'
  return `printf 's|^${variable}=.*|${variable}=%s|' ${key} | ${root}sed ${inPlace} ${real}`
}

/** A container has no sudo, and its volumes are changed outside. */
function needsRoot(path: string): boolean {
  if (isInContainer()) return false
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch {
    return true
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
