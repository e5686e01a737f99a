/** How TLS is used on a connection, beside what `sslmode` and the files state. Nothing of this is stored. */
export interface TlsOptions {
  /** `direct`: the handshake begins at once, without a request for TLS (PostgreSQL 17 or newer). */
  negotiation?: 'postgres' | 'direct'
  /** `disable`: no client certificate is sent, even if there is one. */
  clientCertificate?: 'allow' | 'disable'
  /** `false`: the handshake does not name the host (SNI, RFC 6066). */
  sni?: boolean
}
