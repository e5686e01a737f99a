import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { pack } from 'tar-stream'
import type { InstalledFile } from '../types.ts'

/** Returns the permission bits of a file. */
function modeOf({ kind, mode }: InstalledFile): number {
  return mode ?? (kind === 'directory' ? 0o755 : kind === 'link' ? 0o777 : 0o644)
}

/**
 * Writes a tar archive of files that root owns. It adds the directories above each file and puts them before
 * it. The entries are in the order of their names' bytes, and all have one time.
 *
 * @param epoch seconds since 1970
 * @param top the beginning of all names: dpkg expects `./`
 */
export async function writeTar(
  path: string,
  files: readonly InstalledFile[],
  epoch: number,
  signal?: AbortSignal,
  top: './' | '' = './',
): Promise<void> {
  const archive = pack()
  const written = pipeline(archive, createWriteStream(path, { flags: 'wx' }), { signal })
  const fill = async () => {
    for (const file of withDirectories(files)) {
      const name = `${top}${file.path.slice(1)}`
      if (name !== '') await add(archive, name, file, new Date(epoch * 1000))
    }
    archive.finalize()
  }
  await Promise.all([
    written,
    fill().catch((error: Error) => {
      archive.destroy(error)
      throw error
    }),
  ])
}

/** Returns the files and all directories above them, each directory before what is in it. */
export function withDirectories(files: readonly InstalledFile[]): InstalledFile[] {
  const entries = new Map<string, InstalledFile>([['/', { kind: 'directory', path: '/' }]])
  for (const file of files) {
    for (let at = file.path.indexOf('/', 1); at !== -1; at = file.path.indexOf('/', at + 1)) {
      const path = file.path.slice(0, at)
      if (!entries.has(path)) entries.set(path, { kind: 'directory', path })
    }
  }
  for (const file of files) entries.set(file.path, file)
  // Compares names by components, so that no name sorts between a directory and what is in it.
  const key = (path: string) => path.replaceAll('/', '\0')
  return [...entries.values()].sort((one, other) =>
    Buffer.compare(Buffer.from(key(one.path)), Buffer.from(key(other.path))),
  )
}

async function add(
  archive: ReturnType<typeof pack>,
  path: string,
  file: InstalledFile,
  mtime: Date,
): Promise<void> {
  const header = {
    name: file.kind === 'directory' && !path.endsWith('/') ? `${path}/` : path,
    mode: modeOf(file),
    mtime,
    uid: 0,
    gid: 0,
    uname: 'root',
    gname: 'root',
  }
  refusePax(header.name, file.kind === 'link' ? file.target : '')
  switch (file.kind) {
    case 'directory':
      archive.entry({ ...header, type: 'directory' })
      break
    case 'link':
      archive.entry({ ...header, type: 'symlink', linkname: file.target })
      break
    case 'file':
      archive.entry({ ...header, type: 'file' }, Buffer.from(file.content))
      break
    case 'copy': {
      const { size } = await stat(file.from)
      await pipeline(createReadStream(file.from), archive.entry({ ...header, type: 'file', size }))
      break
    }
  }
}

/**
 * Refuses names that are too long for the older format: tar-stream writes pax headers for them, which dpkg
 * does not read.
 */
function refusePax(name: string, target: string): void {
  const room = name.length <= 100 ? 0 : name.indexOf('/', name.length - 101)
  const isRepresentable = room !== -1 && room <= 155 && target.length <= 100 && /^[ -~]*$/.test(name + target)
  if (!isRepresentable)
    throw new Error(`The name ${name} is too long for a Debian package, or has letters beyond ASCII`)
}
