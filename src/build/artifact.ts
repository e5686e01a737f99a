import { relative } from 'node:path'
import { fileHash } from './files/file-hash.ts'
import type { FormatName } from './formats/descriptions.ts'

/** A file that a run wrote, as the operator sees it. */
export interface Artifact {
  readonly format: FormatName | 'sbom' | 'checksums'
  /** Relative to the directory of artifacts. */
  readonly file: string
  readonly bytes: number
  /** In hexadecimal digits. */
  readonly sha256: string
}

/** Reads the size and the hash of an artifact in the directory `out`. */
export async function describeArtifact(
  format: Artifact['format'],
  path: string,
  out: string,
): Promise<Artifact> {
  return { format, file: relative(out, path), ...(await fileHash(path)) }
}
