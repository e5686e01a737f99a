import { createHash } from 'node:crypto'
import type { About, Component } from './types.ts'

/**
 * Returns the bill of materials of a package as CycloneDX 1.6 JSON (ECMA-424). Its serial number depends on
 * the contents, so that the same contents have the same number.
 *
 * @param parts what others wrote of it
 * @param epoch seconds since 1970
 */
export function billOfMaterials(about: About, parts: readonly Component[], epoch: number): string {
  const components = [...parts].sort((one, other) => (one.purl < other.purl ? -1 : 1))
  const own = {
    type: 'application',
    'bom-ref': `${about.name}@${about.version}`,
    name: about.name,
    version: about.version,
    description: about.summary,
    licenses: [license(about.license)],
  }
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([own, components, epoch]))}`,
    version: 1,
    metadata: { timestamp: new Date(epoch * 1000).toISOString(), component: own },
    components: components.map((component) => ({
      type: 'library',
      'bom-ref': component.purl,
      name: component.name,
      version: component.version,
      licenses: [license(component.license)],
      purl: component.purl,
    })),
    dependencies: [{ ref: own['bom-ref'], dependsOn: components.map(({ purl }) => purl) }],
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

/** Returns a license as CycloneDX has it: an SPDX identifier, or an expression of several. */
function license(text: Component['license']): object {
  return /^[A-Za-z0-9.+-]+$/.test(text) ? { license: { id: text } } : { expression: text }
}

/** Returns a UUID of version 8 (RFC 9562) from the SHA-256 of a text. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = bytes.toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
