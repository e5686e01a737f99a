import { type ConnectionSettings, SSL_MODES, type SslMode } from '../../postgres/types.ts'

/** How a connection uses TLS. */
export type TlsSettings = Pick<ConnectionSettings, 'sslmode' | 'sslrootcert' | 'sslcert' | 'sslkey'>

/**
 * Returns TLS settings that are as strict as either: with the stricter mode, and with the authorities of the
 * owner of a password where it verifies the server. Otherwise the other could name authorities of its own.
 *
 * @param owner the connection that the password is stored with
 */
export function stricterTls(owner: TlsSettings, other: TlsSettings): TlsSettings {
  const { sslmode, sslrootcert } = isStricter(other.sslmode, owner.sslmode)
    ? { sslmode: other.sslmode, sslrootcert: isVerifying(owner) ? owner.sslrootcert : other.sslrootcert }
    : owner
  return { sslmode, sslrootcert, sslcert: owner.sslcert, sslkey: owner.sslkey }
}

/** Returns the TLS settings of a server of which a mode alone is stored. */
export function ofMode(sslmode: SslMode): TlsSettings {
  return { sslmode, sslrootcert: null, sslcert: null, sslkey: null }
}

/** Returns whether a mode demands more of a server than another one. */
export function isStricter(mode: SslMode, other: SslMode): boolean {
  return SSL_MODES.indexOf(mode) > SSL_MODES.indexOf(other)
}

/** With authorities, libpq verifies the certificate for `require` as well. */
function isVerifying({ sslmode, sslrootcert }: TlsSettings): boolean {
  return sslmode === 'verify-ca' || sslmode === 'verify-full' || (sslmode === 'require' && !!sslrootcert)
}
