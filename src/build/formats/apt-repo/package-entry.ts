import { basename } from 'node:path'
import { usageError } from '../../../errors.ts'
import { fileReason } from '../../../files/file-reason.ts'
import { NotDeb822, type Paragraph, paragraphText, parseParagraphs } from '../../debian/deb822.ts'
import { debControl, NotADeb } from '../../debian/read-deb.ts'
import { fileHash } from '../../files/file-hash.ts'

/** A package in the repository's index. */
export interface PackageEntry {
  readonly name: string
  readonly version: string
  /** `all`, or Debian's name of an architecture. */
  readonly architecture: string
  /** Its path, relative to the root of the repository. */
  readonly file: string
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
  /** Its name in Contents files: `section/package`. */
  readonly location: string
  /** Its paragraph of a Packages file. */
  readonly text: string
}

/** Fields with the place and the hashes of a package: they belong to the repository, not to the package. */
const INDEX_FIELDS = new Set(['Filename', 'Size', 'MD5sum', 'SHA1', 'SHA256', 'SHA512', 'Description-md5'])

/**
 * The fields that this module reads, by their names in lower case: Debian's tools accept both cases (Debian
 * Policy, 5.1).
 */
const FIELD_NAMES = new Map(
  ['Package', 'Version', 'Architecture', 'Source', 'Section', 'Description', ...INDEX_FIELDS].map((field) => [
    field.toLowerCase(),
    field,
  ]),
)

/** Values that become parts of paths and of other lines: none may lead elsewhere (Debian Policy, 5.6). */
const ALLOWED = {
  Package: /^[a-z0-9][a-z0-9+.-]+$/,
  Version: /^(?:[0-9]+:)?[0-9][A-Za-z0-9.+~-]*$/,
  Architecture: /^[a-z0-9][a-z0-9-]+$/,
} as const

/**
 * Reads what a .deb says of itself.
 *
 * Errors: `USAGE` that names the file if it is not a .deb, or has fields that Debian does not allow.
 */
export async function readPackage(path: string): Promise<PackageEntry> {
  const fields = await controlOf(path)
  const name = checked(path, fields, 'Package')
  const version = checked(path, fields, 'Version')
  const architecture = checked(path, fields, 'Architecture')
  const source = fields.get('Source')?.split(' ')[0] ?? name
  if (!ALLOWED.Package.test(source))
    throw refused(path, `has the Source "${source}", which Debian does not allow.`)
  const file = `${poolDirectory(source)}/${name}_${version.replace(/^[0-9]+:/, '')}_${architecture}.deb`
  const { bytes, sha256 } = await fileHash(path)
  return packageEntry(fields, { file, bytes, sha256 })
}

/** Returns a package from its paragraph of a Packages file. Errors: NotDeb822. */
export function indexedPackage(fields: Paragraph): PackageEntry {
  const required = (field: string) => {
    const value = fields.get(field)
    if (value === undefined) throw new NotDeb822(`has a package without ${field}.`)
    return value
  }
  return packageEntry(fields, {
    file: required('Filename'),
    bytes: Number(required('Size')),
    sha256: required('SHA256'),
  })
}

function packageEntry(
  fields: Paragraph,
  { file, bytes, sha256 }: Pick<PackageEntry, 'file' | 'bytes' | 'sha256'>,
): PackageEntry {
  const own = [...fields].filter(([field]) => !INDEX_FIELDS.has(field))
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

/** Returns the directory of Debian's own archive: `pool/main/m/mathesarctl`, `pool/main/libf/libfoo`. */
function poolDirectory(source: string): string {
  return `pool/main/${source.startsWith('lib') ? source.slice(0, 4) : source.slice(0, 1)}/${source}`
}

async function controlOf(path: string): Promise<Paragraph> {
  try {
    const paragraphs = parseParagraphs(await debControl(path))
    if (paragraphs.length === 1) return withUsualNames(paragraphs[0] as Paragraph)
    throw new NotDeb822('has a control file that is not one paragraph.')
  } catch (error) {
    if (error instanceof NotADeb || error instanceof NotDeb822) throw refused(path, error.message)
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw refused(path, `can't be read: ${fileReason(error)}.`)
  }
}

function withUsualNames(fields: Paragraph): Paragraph {
  const named = new Map<string, string>()
  const seen = new Set<string>()
  for (const [field, value] of fields) {
    const lowerCase = field.toLowerCase()
    if (seen.has(lowerCase))
      throw new NotDeb822(`has the field ${FIELD_NAMES.get(lowerCase) ?? field} twice.`)
    seen.add(lowerCase)
    named.set(FIELD_NAMES.get(lowerCase) ?? field, value)
  }
  return named
}

function checked(path: string, fields: Paragraph, field: keyof typeof ALLOWED): string {
  const value = fields.get(field)
  if (value !== undefined && ALLOWED[field].test(value)) return value
  if (value === undefined) throw refused(path, `has no ${field}.`)
  throw refused(path, `has the ${field} "${value}", which Debian does not allow.`)
}

function refused(path: string, reason: string) {
  return usageError(
    `${basename(path)} ${reason}`,
    `Pass .deb files that dpkg-deb --info can read; the path of this one is ${path}.`,
    'deb',
  )
}
