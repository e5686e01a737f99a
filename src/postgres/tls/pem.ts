/** One object of a PEM file (RFC 7468). */
export interface PemBlock {
  /** Such as `CERTIFICATE`. */
  label: string
  /** With its first and last line. */
  text: string
}

/** The labels under which OpenSSL reads a certificate. */
const CERTIFICATE_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE']

/** Returns the objects of a PEM file; a file of any other format has none. */
export function pemBlocks(bytes: Buffer): PemBlock[] {
  const blocks = bytes.toString('latin1').matchAll(/-----BEGIN ([A-Z0-9 #]+)-----.*?-----END \1-----/gs)
  return [...blocks].map(([text, label = '']) => ({ label, text: `${text}\n` }))
}

export function isCertificate({ label }: PemBlock): boolean {
  return CERTIFICATE_LABELS.includes(label)
}

export function isRevocationList({ label }: PemBlock): boolean {
  return label === 'X509 CRL'
}

export function isPrivateKey({ label }: PemBlock): boolean {
  return label.endsWith('PRIVATE KEY')
}

/** Returns an object in DER as one in PEM. */
export function toPem(label: string, der: Buffer): string {
  const lines = der.toString('base64').replace(/.{64}(?=.)/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`
}
