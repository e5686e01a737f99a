import { basename } from 'node:path'
import { usageError } from '../../../errors.ts'
import { NotDeb822, type Paragraph, paragraphText, parseParagraphs } from '../../debian/deb822.ts'
import { debControl, NotADeb } from '../../debian/read-deb.ts'
import { fileHash } from '../../files/file-hash.ts'

/** A package in the repository's index. */
export interface PackageEntry {
  readonly name: string
  readonly version: string
  /** `all`, or Debian's name of an architecture. */
  readonly architecture: string
  /** Where it is, relative to the root of the repository. */
  readonly file: string
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
  /** How Contents files name it: `section/package`. */
  readonly location: string
  /** Its paragraph of a Packages file. */
  readonly text: string
}

/** Fields that say where a package is and what it hashes to: they belong to the repository, not to the package. */
const OF_THE_INDEX = new Set(['Filename', 'Size', 'MD5sum', 'SHA1', 'SHA256', 'SHA512', 'Description-md5'])

/** Those that are read here, by their names in small letters: Debian's tools take them in any (Debian Policy, 5.1). */
const KNOWN = new Map(
  ['Package', 'Version', 'Architecture', 'Source', 'Section', 'Description', ...OF_THE_INDEX].map((field) => [
    field.toLowerCase(),
    field,
  ]),
)

/** What becomes parts of paths and of other lines: nothing in it may lead elsewhere (Debian Policy, 5.6). */
const ALLOWED = {
  Package: /^[a-z0-9][a-z0-9+.-]+$/,
  Version: /^(?:[0-9]+:)?[0-9][A-Za-z0-9.+~-]*$/,
  Architecture: /^[a-z0-9][a-z0-9-]+$/,
} as const

/** Describes a .deb. Errors: `USAGE` that names the file if it is none, or says of itself what can't be. */
export async function readPackage(path: string): Promise<PackageEntry> {
  const fields = await controlOf(path)
  const name = checked(path, fields, 'Package')
  const version = checked(path, fields, 'Version')
  const architecture = checked(path, fields, 'Architecture')
  const source = fields.get('Source')?.split(' ')[0] ?? name
  if (!ALLOWED.Package.test(source))
    throw refused(path, `has the Source "${source}", which is no name of one.`)
  const file = `${poolDirectory(source)}/${name}_${version.replace(/^[0-9]+:/, '')}_${architecture}.deb`
  const { bytes, sha256 } = await fileHash(path)
  return packageEntry(fields, { file, bytes, sha256 })
}

/** A package as a Packages file has it. Errors: NotDeb822. */
export function indexedPackage(fields: Paragraph): PackageEntry {
  const need = (field: string) => {
    const value = fields.get(field)
    if (value === undefined) throw new NotDeb822(`has a package without ${field}.`)
    return value
  }
  return packageEntry(fields, { file: need('Filename'), bytes: Number(need('Size')), sha256: need('SHA256') })
}

function packageEntry(
  fields: Paragraph,
  { file, bytes, sha256 }: Pick<PackageEntry, 'file' | 'bytes' | 'sha256'>,
): PackageEntry {
  const own = [...fields].filter(([field]) => !OF_THE_INDEX.has(field))
  const description = own.filter(([field]) => field === 'Description')
  const text = paragraphText([
    ...own.filter(([field]) => field !== 'Description'),
    ['Filename', file],
    ['Size', String(bytes)],
    ['SHA256', sha256],
    ...description,
  ])
  const name = fields.get('Package') ?? ''
  const section = fields.get('Section')
  return {
    name,
    version: fields.get('Version') ?? '',
    architecture: fields.get('Architecture') ?? '',
    file,
    bytes,
    sha256,
    location: section === undefined ? name : `${section}/${name}`,
    text,
  }
}

/** As Debian's own archive has it: `pool/main/m/mathesarctl`, `pool/main/libf/libfoo`. */
function poolDirectory(source: string): string {
  return `pool/main/${source.startsWith('lib') ? source.slice(0, 4) : source.slice(0, 1)}/${source}`
}

async function controlOf(path: string): Promise<Paragraph> {
  try {
    const paragraphs = parseParagraphs(await debControl(path))
    if (paragraphs.length === 1) return withKnownNames(paragraphs[0] as Paragraph)
    throw new NotDeb822('has a control file that is not one paragraph.')
  } catch (error) {
    if (error instanceof NotADeb || error instanceof NotDeb822) throw refused(path, error.message)
    if (!(error instanceof Error && 'code' in error && 'syscall' in error)) throw error
    if (error.code === 'ENOENT') throw refused(path, 'is not there.')
    throw refused(path, `can’t be read (${error.code}).`)
  }
}

function withKnownNames(fields: Paragraph): Paragraph {
  const named = new Map<string, string>()
  const seen = new Set<string>()
  for (const [field, value] of fields) {
    const small = field.toLowerCase()
    if (seen.has(small)) throw new NotDeb822(`has the field ${KNOWN.get(small) ?? field} twice.`)
    seen.add(small)
    named.set(KNOWN.get(small) ?? field, value)
  }
  return named
}

function checked(path: string, fields: Paragraph, field: keyof typeof ALLOWED): string {
  const value = fields.get(field)
  if (value !== undefined && ALLOWED[field].test(value)) return value
  if (value === undefined) throw refused(path, `does not say its ${field}.`)
  throw refused(path, `has the ${field} "${value}", which is none that Debian allows.`)
}

function refused(path: string, reason: string) {
  return usageError(
    `${basename(path)} ${reason}`,
    `Give .deb files that dpkg-deb --info can read; this is ${path}.`,
    'deb',
  )
}
