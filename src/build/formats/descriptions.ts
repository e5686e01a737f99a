import { APT_REPO } from './apt-repo/description.ts'
import { BINARY } from './binary/description.ts'
import { DEB } from './deb/description.ts'
import { NPM } from './npm/description.ts'
import { OCI } from './oci/description.ts'
import { PYPI } from './pypi/description.ts'

/** All formats as the command line shows them, in the order of help. */
export const FORMAT_DESCRIPTIONS = [BINARY, DEB, APT_REPO, NPM, PYPI, OCI] as const

type Description = (typeof FORMAT_DESCRIPTIONS)[number]

export type FormatName = Description['name']

/** The names of all formats, as the command line and JSON have them. */
export const FORMAT_NAMES: readonly FormatName[] = FORMAT_DESCRIPTIONS.map(({ name }) => name)
