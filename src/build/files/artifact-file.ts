import { randomUUID } from 'node:crypto'
import { chmod, copyFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeDirectories } from '../../make-directories.ts'
import type { BuildContext } from '../types.ts'
import { artifactError } from './file-errors.ts'

/**
 * Puts an artifact into the directory of artifacts under its name, whole or not at all, with the same mode whatever the
 * umask is. Returns its path.
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

/** Deletes what runs that were killed have left in a directory of artifacts. */
export async function sweepUnfinished(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const [, owner] = /^\.(\d+)\.(?:[0-9a-f]+\.)?unfinished$/.exec(name) ?? []
    if (owner !== undefined && !isRunning(Number(owner))) await rm(join(directory, name), { force: true })
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
