/**
 * Attests the provenance of a container image that was pushed, on GitHub's runners:
 *
 *     node scripts/release/attest/attest-image.mjs REGISTRY/NAME LAYOUT
 *
 * LAYOUT is the directory that was pushed. GitHub stores the attestation, and the registry stores it beside
 * the image, so that tools find it without GitHub. This command verifies the image:
 *
 *     gh attestation verify oci://REGISTRY/NAME:TAG --repo OWNER/REPOSITORY
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pageOf, requireVariables } from './github.mjs'
import { imageDigestOf } from './subjects.mjs'

const [, , name, layout] = process.argv
if (name === undefined || layout === undefined)
  throw new Error('usage: node scripts/release/attest/attest-image.mjs REGISTRY/NAME LAYOUT')
const imageDigest = imageDigestOf(readFileSync(join(layout, 'index.json'), 'utf8'))
requireVariables('MATHESARCTL_REGISTRY_USER', 'MATHESARCTL_REGISTRY_PASSWORD')
const { GITHUB_TOKEN, MATHESARCTL_REGISTRY_USER, MATHESARCTL_REGISTRY_PASSWORD } = process.env
const { attestProvenance } = await import('@actions/attest')
const { attestationID, bundle } = await attestProvenance({
  subjects: [{ name, digest: { sha256: imageDigest.replace('sha256:', '') } }],
  token: GITHUB_TOKEN,
})
const { attachArtifactToImage } = await import('@sigstore/oci')
await attachArtifactToImage({
  imageName: name,
  imageDigest,
  artifact: Buffer.from(JSON.stringify(bundle)),
  mediaType: bundle.mediaType,
  credentials: { username: MATHESARCTL_REGISTRY_USER, password: MATHESARCTL_REGISTRY_PASSWORD },
  annotations: {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': 'https://slsa.dev/provenance/v1',
  },
})
process.stdout.write(`Attested ${name}@${imageDigest}: ${pageOf(attestationID)}\n`)
