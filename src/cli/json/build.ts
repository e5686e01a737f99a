import { z } from 'zod'
import type { Artifact } from '../../build/artifact.ts'
import { FORMAT_NAMES } from '../../build/formats/descriptions.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'

interface Built extends Warnings {
  out: string
  artefacts: readonly Artifact[]
}

export const buildDocument = objectOf<Built>()({
  out: z.string().describe('Absolute path of the output directory.'),
  artefacts: z
    .array(
      objectOf<Artifact>()({
        format: z
          .enum([...FORMAT_NAMES, 'sbom', 'checksums'])
          .describe('The format; "sbom" for the bill of materials, "checksums" for SHA256SUMS.'),
        file: z.string().describe('Path relative to "out".'),
        bytes: count().describe('Size in bytes.'),
        sha256: z.string().describe('SHA-256 in hexadecimal digits.'),
      }),
    )
    .describe('The files that the run wrote.'),
  ...warnings,
}).describe('The artifacts that were built.')
