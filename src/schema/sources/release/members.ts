import { dirname, join, normalize } from 'node:path/posix'
import type { Header } from 'tar-stream'
import type { OperatorError } from '../../../errors.ts'
import { sizeText } from '../../../files/size-limit.ts'
import { INSTALLED_FILE, LIMITS, type ReleaseContents, sourceError, VERSION_MODULE } from './contents.ts'
import { noSqlError } from './version.ts'

/** The members of a tarball, one after the other. */
export interface MemberCollector {
  /**
   * Keeps the content of a member that an install needs, and checks every other one.
   *
   * Errors: `USAGE` for a member that an unpacking program would put outside of its directory, or whose link
   * leads out of it; for a needed member that is there twice; and above a limit.
   */
  add(header: Header, content: AsyncIterable<unknown>): Promise<void>
  /**
   * Returns what an install needs. Errors: `USAGE` if it is not there, or more than once, or if a link is in
   * its place.
   */
  contents(): ReleaseContents
}

/** The paths of a release from its root that may be no link, beside the files themselves. */
const DIRECTORIES = ['db', 'db/sql', 'mathesar'] as const

/** Splits the path of a needed file: the release is at the root of the archive, or in one folder. */
const NEEDED = /^(?:(?<folder>[^/]+)\/)?(?:db\/sql\/(?<sql>[^/]+)|(?<module>mathesar\/__init__\.py))$/

/** Collects from the members of a tarball what an install of a release needs; `place` names it in errors. */
export function collectMembers(place: string): MemberCollector {
  const kept = new Map<string, Buffer>()
  /** The folders that have SQL of a release; empty text: the root of the archive. */
  const folders = new Set<string>()
  const links = new Set<string>()
  let count = 0
  let left: number = LIMITS.kept
  const unsafe = (path: string, reason: string): OperatorError =>
    sourceError(
      `The source ${place} is not safe to read: its member ${JSON.stringify(path)} ${reason}.`,
      'Use the mathesar.tar.gz that the release publishes.',
    )

  const content = async (path: string, stated: number, stream: AsyncIterable<unknown>): Promise<Buffer> => {
    const tooLarge = () => unsafe(path, `has more than ${sizeText(LIMITS.file)}`)
    if (stated > LIMITS.file) throw tooLarge()
    left -= stated
    if (left < 0) throw sourceError(`The SQL of ${place} has more than ${sizeText(LIMITS.kept)}.`)
    const chunks: Buffer[] = []
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  return {
    async add({ name, type, size = 0, linkname }, stream) {
      if (++count > LIMITS.members)
        throw sourceError(`The source ${place} has more than ${LIMITS.members} members.`)
      const path = insidePath(name)
      if (path === null || name.split('/').includes('..')) throw unsafe(name, 'leads out of its directory')
      if (type === 'symlink' || type === 'link') {
        const start = type === 'symlink' ? dirname(path) : '.'
        if (insidePath(linkname ?? '', start) === null) throw unsafe(name, 'is a link out of its directory')
        links.add(path)
        return
      }
      const { folder = '', sql, module } = NEEDED.exec(path)?.groups ?? {}
      if (sql === undefined ? module === undefined : !INSTALLED_FILE.test(sql)) return
      if (type !== 'file' && type !== 'contiguous-file') throw unsafe(name, 'is not a regular file')
      if (kept.has(path)) throw unsafe(name, 'is there twice')
      kept.set(path, await content(name, size, stream))
      if (sql !== undefined) folders.add(folder)
    },
    contents() {
      const [folder, another] = folders.has('') ? [''] : folders
      const inFolder = (path: string) => (folder ? `${folder}/${path}` : path)
      const directories: readonly string[] = DIRECTORIES.map(inFolder)
      const link = [...links].find((path) => isNeeded(path) || directories.includes(path))
      if (link !== undefined) throw unsafe(link, 'is a link')
      if (folder === undefined) throw noSqlError(place, kept.values().next().value ?? null)
      if (another !== undefined) {
        throw sourceError(
          `The source ${place} has the SQL of several releases: in ${folder} and in ${another}.`,
        )
      }
      const start = inFolder('db/sql/')
      const files = [...kept].flatMap(([path, bytes]): [string, Buffer][] =>
        path.startsWith(start) ? [[path.slice(start.length), bytes]] : [],
      )
      return { files: new Map(files), versionModule: kept.get(inFolder(VERSION_MODULE)) ?? null }
    },
  }
}

function isNeeded(path: string): boolean {
  const { sql, module } = NEEDED.exec(path)?.groups ?? {}
  return module !== undefined || (sql !== undefined && INSTALLED_FILE.test(sql))
}

/**
 * Returns a path from the root of the archive; `null` if it is absolute, empty or leads out of it.
 *
 * @param start the directory that it starts from
 */
function insidePath(path: string, start = '.'): string | null {
  if (path === '' || path.startsWith('/')) return null
  const normal = normalize(join(start, path)).replace(/\/$/, '')
  return normal === '..' || normal.startsWith('../') ? null : normal
}
