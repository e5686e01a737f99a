/** A module of pg that its types lack. */
declare module 'pg/lib/crypto/cert-signatures.js' {
  /** Returns the hash of a certificate's signature, such as `SHA-256`. */
  export function signatureAlgorithmHashFromCertificate(certificate: Uint8Array): string
}
