import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { isCertificate, isPrivateKey, isRevocationList, pemBlocks, toPem } from './pem.ts'

/** What a file must contain, in PEM. */
export type Wanted = 'certificate' | 'private key' | 'revocation list'

/** What a file contains instead of what is wanted of it. */
export interface Contents {
  /** Ends the sentence "It is". */
  description: string
  /** The command that writes what is wanted from one file to another; the arguments are quoted paths. */
  conversion?: (from: string, to: string) => string
}

/** PKCS #7 signed data, 1.2.840.113549.1.7.2. */
const SIGNED_DATA = Buffer.from('06092a864886f70d010702', 'hex')

/** PKCS #12: version 3, then its first member, a sequence. */
const PKCS12 = /^30(?:8[1-4](?:..){1,4}|80|..)02010330/

const JAVA_KEYSTORES = ['feedfeed', 'cececece']

/**
 * Finds out what a file contains that has no object of the wanted kind in PEM: other things are in its place,
 * or it has another format.
 */
export function examineContents(bytes: Buffer, wanted: Wanted): Contents {
  const text = bytes.toString('latin1')
  if (text.trim() === '') return { description: 'empty' }
  if (bytes[0] === 0x30) return examineDer(bytes, wanted)
  const start = bytes.subarray(0, 4).toString('hex')
  if (JAVA_KEYSTORES.includes(start)) {
    const conversion = (from: string, to: string) =>
      `keytool -exportcert -rfc -keystore ${from} -alias ALIAS -file ${to}`
    return { description: 'a Java keystore', ...(wanted === 'certificate' ? { conversion } : {}) }
  }
  if (/^(fffe|feff)/.test(start) || text.slice(0, 40).includes('\0-\0-'))
    return {
      description: 'text in UTF-16',
      conversion: (from, to) => `iconv -f UTF-16 -t ASCII ${from} > ${to}`,
    }
  const blocks = pemBlocks(bytes)
  if (blocks.length > 0) return examinePem(blocks, wanted)
  if (text.includes('-----BEGIN '))
    return { description: 'damaged or cut off: its "-----BEGIN" line has no matching "-----END" line' }
  if (/^\s*<(!doctype|html|\?xml)/i.test(text)) return { description: 'a web page' }
  if (/^[A-Za-z0-9+/=\s]{40,}$/.test(text)) {
    const der = Buffer.from(text, 'base64')
    if (der[0] === 0x30) {
      return {
        description: `${examineDer(der, wanted).description.replace(' in DER format', '')} in Base64 without the lines "-----BEGIN" and "-----END"`,
      }
    }
  }
  const isText = !/[^\P{Cc}\s\x80-\x9f]/u.test(text)
  return { description: isText ? 'other text' : 'a file of an unknown format' }
}

function examinePem(blocks: ReturnType<typeof pemBlocks>, wanted: Wanted): Contents {
  const label = blocks[0]?.label ?? ''
  if (label === 'PKCS7' || label === 'PKCS #7 SIGNED DATA') return pkcs7('PEM', wanted)
  if (blocks.every(isCertificate)) return { description: 'a certificate' }
  if (blocks.every(isRevocationList)) return { description: 'a certificate revocation list' }
  if (blocks.every((block) => isPrivateKey(block) || label === 'EC PARAMETERS'))
    return { description: 'a private key' }
  if (label.endsWith('CERTIFICATE REQUEST')) return { description: 'a request for a certificate' }
  if (label.endsWith('PUBLIC KEY')) return { description: 'a public key' }
  return { description: `a PEM file with other contents ("${label}")` }
}

function examineDer(bytes: Buffer, wanted: Wanted): Contents {
  const convert = (program: string, holds: Wanted) =>
    wanted === holds
      ? { conversion: (from: string, to: string) => `openssl ${program} -inform DER -in ${from} -out ${to}` }
      : {}
  if (succeeds(() => new X509Certificate(bytes)))
    return { description: 'a certificate in DER format', ...convert('x509', 'certificate') }
  if (succeeds(() => createSecureContext({ crl: toPem('X509 CRL', bytes) })))
    return {
      description: 'a certificate revocation list in DER format',
      ...convert('crl', 'revocation list'),
    }
  if (readDerKey(bytes)) return { description: 'a private key in DER format' }
  if (PKCS12.test(bytes.subarray(0, 12).toString('hex'))) {
    const only = { certificate: '-nokeys', 'private key': '-nocerts', 'revocation list': null }[wanted]
    return {
      description: 'a PKCS #12 archive',
      ...(only === null
        ? {}
        : { conversion: (from, to) => `openssl pkcs12 -in ${from} ${only} -nodes -out ${to}` }),
    }
  }
  if (bytes.subarray(0, 24).includes(SIGNED_DATA)) return pkcs7('DER', wanted)
  if (succeeds(() => createPublicKey({ key: bytes, format: 'der', type: 'spki' })))
    return { description: 'a public key in DER format' }
  return { description: 'a file of an unknown binary format, or a damaged one' }
}

function pkcs7(format: 'PEM' | 'DER', wanted: Wanted): Contents {
  return {
    description: `a PKCS #7 bundle in ${format} format`,
    ...(wanted === 'certificate'
      ? { conversion: (from, to) => `openssl pkcs7 -inform ${format} -print_certs -in ${from} -out ${to}` }
      : {}),
  }
}

/** Returns a private key in DER: PKCS #8, or the older formats of RSA and EC keys; `null` for all else. */
export function readDerKey(bytes: Buffer): KeyObject | null {
  for (const type of ['pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({ key: bytes, format: 'der', type })
    } catch {}
  }
  return null
}

/** Returns whether the bytes are a private key in DER that is encrypted with a passphrase. */
export function isEncryptedDerKey(bytes: Buffer): boolean {
  try {
    createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' })
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ERR_MISSING_PASSPHRASE'
  }
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
