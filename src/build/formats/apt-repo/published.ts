import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usageError } from '../../../errors.ts'
import { NotDeb822, parseParagraphs } from '../../debian/deb822.ts'
import { fileHash } from '../../files/file-hash.ts'
import { type Contents, parseContents } from './contents-index.ts'
import { byHash, contentsFile, DISTS, packagesFile } from './layout.ts'
import { indexedPackage, type PackageEntry } from './package-entry.ts'

/** What a repository offers now. */
export interface Published {
  /** The signed text, byte by byte: whoever finds another one knows that somebody else was here. */
  readonly inRelease: string
  /** Seconds since 1970. */
  readonly date: number
  readonly architectures: readonly string[]
  readonly packages: readonly PackageEntry[]
  readonly contents: ReadonlyMap<string, Contents>
  /** Files of the index by what they hash to, relative to the root. */
  readonly hashes: readonly string[]
}

/**
 * Reads a repository as apt would: what InRelease says holds, and nothing that does not hash to what it says. So a run that
 * ended halfway has changed nothing, and nothing is signed that came there by another way.
 *
 * @returns `null` where there is none
 * Errors: `USAGE` where files are missing or differ.
 */
export async function readPublished(root: string): Promise<Published | null> {
  const inRelease = await readFile(join(root, DISTS, 'InRelease'), 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (inRelease === null) return null
  try {
    return await readIndex(root, inRelease)
  } catch (error) {
    if (error instanceof NotDeb822) throw damaged(root, `an index ${error.message}`)
    throw error
  }
}

async function readIndex(root: string, inRelease: string): Promise<Published> {
  const release = parseParagraphs(clearText(inRelease))[0]
  const architectures = release?.get('Architectures')?.split(' ') ?? []
  const date = Date.parse(release?.get('Date') ?? '') / 1000
  const files = new Map(
    (release?.get('SHA256') ?? '')
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/ +/))
      .map(([sha256 = '', , file = '']) => [file, sha256]),
  )
  if (Number.isNaN(date)) throw damaged(root, 'InRelease has no Date')
  const indexFile = async (file: string) => {
    const sha256 = files.get(file)
    if (sha256 === undefined) throw damaged(root, `InRelease does not name ${file}`)
    const text = await readFile(join(root, DISTS, byHash(file, sha256))).catch(() => null)
    if (text === null || createHash('sha256').update(text).digest('hex') !== sha256)
      throw damaged(root, `${DISTS}/${byHash(file, sha256)} is missing or differs`)
    return text.toString('utf8')
  }
  const packages = new Map<string, PackageEntry>()
  const contents = new Map<string, Contents>()
  for (const architecture of architectures) {
    // A package for all architectures is in the index of each.
    for (const fields of parseParagraphs(await indexFile(packagesFile(architecture)))) {
      const entry = indexedPackage(fields)
      packages.set(entry.file, entry)
    }
    contents.set(architecture, parseContents(await indexFile(contentsFile(architecture))))
  }
  for (const { file, bytes, sha256 } of packages.values()) {
    const found = await fileHash(join(root, file)).catch(() => null)
    if (found?.sha256 !== sha256 || found.bytes !== bytes)
      throw damaged(root, `${file} is missing or differs from the index`)
  }
  const hashes = [...files].map(([file, sha256]) => `${DISTS}/${byHash(file, sha256)}`)
  return { inRelease, date, architectures, packages: [...packages.values()], contents, hashes }
}

/**
 * What a clear-signed message says (RFC 9580, 7). Strict, so that this is the text that gpg verifies, and all of it: one message with
 * nothing around it. No line of a Release file begins with a dash, so none is escaped.
 */
function clearText(message: string): string {
  const [, text = ''] =
    /^-----BEGIN PGP SIGNED MESSAGE-----\nHash: [A-Z0-9]+\n\n((?:(?!-)[^\n]*\n)+)-----BEGIN PGP SIGNATURE-----\n(?:(?!-)[^\n]*\n)+-----END PGP SIGNATURE-----\n*$/.exec(
      message,
    ) ?? []
  return text
}

function damaged(root: string, what: string) {
  return usageError(
    `The repository in ${root} is not as it was published: ${what}.`,
    'Put back what was published, for example from the server that has it, or build into another directory.',
    'out',
  )
}
