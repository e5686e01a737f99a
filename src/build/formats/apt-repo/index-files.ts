import { gzipped } from '../../archives/gzip.ts'
import { paragraphText } from '../../debian/deb822.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { ProgramContext } from '../../types.ts'
import { type Contents, contentsText } from './contents-index.ts'
import { COMPONENT, contentsFile, packagesFile, releaseDate, SUITE } from './layout.ts'
import type { PackageEntry } from './package-entry.ts'

/** All that a repository offers. */
export interface Offer {
  /** The name of the payload that it belongs to. */
  readonly origin: string
  readonly description: string
  readonly architectures: readonly string[]
  readonly packages: readonly PackageEntry[]
  readonly contents: ReadonlyMap<string, Contents>
}

/** All files that Release names, by path relative to dists/stable. */
export type IndexFiles = ReadonlyMap<string, Buffer>

/** Returns the files of an index, compressed and not. */
export async function indexFiles(offer: Offer, context: ProgramContext): Promise<IndexFiles> {
  const files = new Map<string, Buffer>()
  const add = async (file: string, text: string) => {
    const plain = Buffer.from(text)
    files.set(file, plain)
    files.set(`${file}.gz`, await gzipped(plain, context))
    files.set(`${file}.xz`, await compressWithXz(plain, context))
  }
  for (const architecture of offer.architectures) {
    const packages = offer.packages.filter((one) => [architecture, 'all'].includes(one.architecture))
    await add(packagesFile(architecture), packages.map(({ text }) => text).join('\n'))
    await add(contentsFile(architecture), contentsText(offer.contents.get(architecture) ?? new Map()))
    files.set(
      packagesFile(architecture).replace(/Packages$/, 'Release'),
      Buffer.from(
        paragraphText([
          ['Archive', SUITE],
          ['Origin', offer.origin],
          ['Label', offer.origin],
          ['Component', COMPONENT],
          ['Architecture', architecture],
          ['Acquire-By-Hash', 'yes'],
        ]),
      ),
    )
  }
  return files
}

/**
 * Returns the text of the Release file.
 *
 * @param files those of the index, with their hashes and sizes
 * @param validity the time of the index in seconds since 1970, and how many days it is valid
 */
export function releaseText(
  offer: Offer,
  files: readonly { file: string; bytes: number; sha256: string }[],
  { date, validDays }: { date: number; validDays: number | undefined },
): string {
  return paragraphText([
    ['Origin', offer.origin],
    ['Label', offer.origin],
    ['Suite', SUITE],
    ['Codename', SUITE],
    ['Date', releaseDate(date)],
    ['Valid-Until', validDays === undefined ? null : releaseDate(date + validDays * 24 * 60 * 60)],
    ['Acquire-By-Hash', 'yes'],
    // Packages for all architectures are in the index of each.
    ['No-Support-for-Architecture-all', 'Packages'],
    ['Architectures', offer.architectures.join(' ')],
    ['Components', COMPONENT],
    ['Description', offer.description],
    [
      'SHA256',
      files.map(({ file, bytes, sha256 }) => `\n ${sha256} ${String(bytes).padStart(9)} ${file}`).join(''),
    ],
  ])
}

function compressWithXz(plain: Buffer, context: ProgramContext): Promise<Buffer> {
  const args = ['--compress', '--stdout', '-6', '--check=crc64', '--threads=1']
  return runProgram('xz', { args, input: plain, env: { XZ_DEFAULTS: '', XZ_OPT: '' } }, context)
}
