import { readdir, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { unfinishedOwner } from '../../files/artifact-file.ts'

/**
 * How long, in milliseconds, the files of an index stay after another index replaced it: caches keep
 * InRelease, and slow machines need time.
 */
const GRACE_MS = 24 * 60 * 60 * 1000

/**
 * Deletes what no index names: files by hash that were replaced a while ago, indexes of runs that did not
 * end, and their unfinished files. It keeps younger files, since an `apt update` may be reading them, and the
 * previous index, however old it is.
 *
 * @param root of the repository
 * @param indexes the files by hash of the current index and the previous one, relative to the root
 */
export async function deleteUnnamed(
  root: string,
  { current, previous }: { current: readonly string[]; previous: readonly string[] },
): Promise<void> {
  const named = new Set([...current, ...previous])
  const now = new Date()
  // A file by hash that the current index does not name has the time of its replacement.
  for (const path of previous)
    if (!current.includes(path)) await utimes(join(root, path), now, now).catch(() => {})
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const isUnnamed = entry.parentPath.endsWith('/by-hash/SHA256') && !named.has(path.slice(root.length + 1))
    const isOver = isUnnamed && (await stat(path)).mtimeMs < now.getTime() - GRACE_MS
    // This run holds the lock, so that no other run is writing one.
    const isUnfinished = unfinishedOwner(entry.name) !== null
    if (isOver || isUnfinished) await rm(path, { force: true })
  }
}
