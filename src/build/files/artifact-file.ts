import { randomUUID } from 'node:crypto'
import { chmod, copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectories } from '../../make-directories.ts'
import type { BuildContext } from '../types.ts'
import { artifactError } from './file-errors.ts'

/**
 * Writes an artifact into the directory of artifacts under its name, whole or not at all, with the same mode
 * whatever the umask is. Returns its path.
 *
 * Errors: `USAGE` if the directory can't be written to, `INTERNAL` if the disk is full.
 *
 * @param file relative to `context.out`
 */
export async function placeArtifact(
  context: Pick<BuildContext, 'out'>,
  file: string,
  source: { from: string } | { content: string | Buffer },
  mode = 0o644,
): Promise<string> {
  const path = join(context.out, file)
  const unfinished = join(dirname(path), `.${process.pid}.${randomUUID().slice(0, 8)}.unfinished`)
  try {
    makeDirectories(dirname(path))
    if ('from' in source) await copyFile(source.from, unfinished)
    else await writeFile(unfinished, source.content)
    await chmod(unfinished, mode)
    await rename(unfinished, path)
  } catch (error) {
    throw artifactError(error, dirname(path))
  } finally {
    await rm(unfinished, { force: true }).catch(() => {})
  }
  return path
}

/**
 * Returns the process that writes an unfinished artifact, by the artifact's name; `null` for the name of any
 * other file.
 */
export function unfinishedOwner(name: string): number | null {
  const [, owner] = /^\.(\d+)\.(?:[0-9a-f]+\.)?unfinished$/.exec(name) ?? []
  return owner === undefined ? null : Number(owner)
}

/** Deletes the unfinished artifacts of killed runs from a directory. */
export async function sweepUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const owner = unfinishedOwner(name)
    if (owner !== null && !isRunning(owner)) await rm(join(directory, name), { force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
