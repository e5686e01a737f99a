import { z } from 'zod'
import type { Artifact } from '../../build/artifact.ts'
import { FORMAT_NAMES } from '../../build/formats/descriptions.ts'
import type { PushedImage } from '../../build/types.ts'
import { count, objectOf, type Warnings, warnings } from './define.ts'

interface Built extends Warnings {
  out: string
  artefacts: readonly Artifact[]
  images?: readonly PushedImage[]
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
  images: z
    .array(
      objectOf<PushedImage>()({
        repository: z.string().describe('The repository, such as "ghcr.io/owner/mathesarctl".'),
        digest: z.string().describe('The digest of the index: "REPOSITORY@DIGEST" always names this image.'),
        tags: z.array(z.string()).describe('The tags that name the image now, the full version first.'),
      }),
    )
    .exactOptional()
    .describe('The container images that the run uploaded.'),
  ...warnings,
}).describe('The artifacts that were built.')
