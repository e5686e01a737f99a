import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usageError } from '../../../errors.ts'
import { NotDeb822, parseParagraphs } from '../../debian/deb822.ts'
import { contentHash, fileHash } from '../../files/file-hash.ts'
import { type Contents, parseContents } from './contents-index.ts'
import { byHash, contentsFile, DISTS, packagesFile } from './layout.ts'
import { indexedPackage, type PackageEntry } from './package-entry.ts'

/** A repository as it is published. */
export interface Published {
  /**
   * The signed text, byte by byte: a run that reads another text knows that somebody else changed the
   * repository.
   */
  readonly inRelease: string
  /** Seconds since 1970. */
  readonly date: number
  readonly architectures: readonly string[]
  readonly packages: readonly PackageEntry[]
  readonly contents: ReadonlyMap<string, Contents>
  /** Files of the index by their hash, relative to the root. */
  readonly hashes: readonly string[]
}

/**
 * Reads a repository as apt would: it trusts InRelease, and no file whose hash differs from the one in
 * InRelease. So a run that ended halfway has changed nothing, and the next run signs nothing that somebody
 * else put there.
 *
 * Errors: `USAGE` where files are missing or differ.
 *
 * @returns `null` if there is no repository
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
    if (error instanceof NotDeb822) throw damagedError(root, `an index ${error.message}`)
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
  if (Number.isNaN(date)) throw damagedError(root, 'InRelease has no Date')
  const indexFile = async (file: string) => {
    const sha256 = files.get(file)
    if (sha256 === undefined) throw damagedError(root, `InRelease does not name ${file}`)
    const bytes = await readFile(join(root, DISTS, byHash(file, sha256))).catch(() => null)
    if (bytes === null || contentHash(bytes) !== sha256)
      throw damagedError(root, `${DISTS}/${byHash(file, sha256)} is missing or differs`)
    return bytes.toString('utf8')
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
    const actual = await fileHash(join(root, file)).catch(() => null)
    if (actual?.sha256 !== sha256 || actual.bytes !== bytes)
      throw damagedError(root, `${file} is missing or differs from the index`)
  }
  const hashes = [...files].map(([file, sha256]) => `${DISTS}/${byHash(file, sha256)}`)
  return { inRelease, date, architectures, packages: [...packages.values()], contents, hashes }
}

/**
 * Returns the text of a clear-signed message (RFC 9580, 7); empty for anything else. It is strict, so that
 * this is the text that gpg verifies, and all of it: one message with nothing around it. No line of a Release
 * file begins with a dash, so none is escaped.
 */
function clearText(message: string): string {
  return CLEAR_SIGNED.exec(message)?.[1] ?? ''
}

const CLEAR_SIGNED = new RegExp(
  '^-----BEGIN PGP SIGNED MESSAGE-----\\nHash: [A-Z0-9]+\\n\\n((?:(?!-)[^\\n]*\\n)+)' +
    '-----BEGIN PGP SIGNATURE-----\\n(?:(?!-)[^\\n]*\\n)+-----END PGP SIGNATURE-----\\n*$',
)

function damagedError(root: string, damage: string) {
  return usageError(
    `The repository in ${root} is not as it was published: ${damage}.`,
    'Restore what was published, for example from the server that has it, or build into another directory.',
    'out',
  )
}
