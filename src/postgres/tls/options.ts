/** How TLS is used on a connection, beside what `sslmode` and the files state. Nothing of this is stored. */
export interface TlsOptions {
  /** `direct`: the handshake begins at once, without a request for TLS (PostgreSQL 17 or newer). */
  negotiation?: 'postgres' | 'direct'
  /** `disable`: no client certificate is sent, even if there is one. */
  clientCertificate?: 'allow' | 'disable'
  /** `false`: the handshake does not name the host (SNI, RFC 6066). */
  sni?: boolean
  /** Path of a file with certificate revocation lists (PEM); by default libpq's `root.crl`. */
  crl?: string
  /** Path of a directory with such files, as `openssl rehash` names them. */
  crlDirectory?: string
  /** The environment variables that set some of these options. */
  variables?: Partial<Record<TlsOption, string>>
  /** The settings are stored: what a variable sets, and they can't be used with, is left out. */
  areSettingsStored?: boolean
}

export type TlsOption = Exclude<keyof TlsOptions, 'variables' | 'areSettingsStored'>

/** Returns the options of both; the stronger ones override the weaker ones. */
export function overrideTls(weaker: TlsOptions, stronger: TlsOptions): TlsOptions {
  const variables = Object.entries(weaker.variables ?? {}).filter(([option]) => !(option in stronger))
  return {
    ...weaker,
    ...stronger,
    variables: { ...Object.fromEntries(variables), ...stronger.variables },
  }
}

/** libpq's parameters that set the options to other values than the default. */
const PARAMETERS: Readonly<Record<TlsOption, string>> = {
  negotiation: 'sslnegotiation=direct',
  clientCertificate: 'sslcertmode=disable',
  sni: 'sslsni=0',
  crl: 'sslcrl',
  crlDirectory: 'sslcrldir',
}

/** Returns the parameter that sets an option, for messages, with the variable that did, if one did. */
export function parameterText({ variables = {} }: TlsOptions, option: TlsOption): string {
  const variable = variables[option]
  return variable === undefined ? PARAMETERS[option] : `${PARAMETERS[option]} (${variable})`
}

/** Returns how to do without an option, as the start of a sentence. */
export function withoutOption({ variables = {} }: TlsOptions, option: TlsOption): string {
  const variable = variables[option]
  return variable === undefined ? `Leave ${PARAMETERS[option]} out` : `Unset ${variable}`
}
