/** Parameters of libpq that mean nothing for this program, whatever their value. */
const IGNORED = new Set([
  'application_name',
  'fallback_application_name',
  'client_encoding',
  'keepalives',
  'keepalives_idle',
  'keepalives_interval',
  'keepalives_count',
  'tcp_user_timeout',
  'sslcompression',
  'krbsrvname',
  'gsslib',
  'gssdelegation',
  'load_balance_hosts',
  'max_protocol_version',
])

/**
 * Parameters with the values that are harmless or supported; any other value demands what this program does
 * not support. Those without such a value change what a connection is or whom it trusts.
 */
const SUPPORTED_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['gssencmode', ['disable', 'prefer']],
  ['target_session_attrs', ['any', 'read-write', 'primary', 'prefer-standby']],
  ['sslnegotiation', ['postgres', 'direct']],
  ['sslsni', ['1', '0']],
  ['sslcertmode', ['allow', 'disable']],
  ['min_protocol_version', ['3.0']],
  // TLS 1.2 is the oldest version that Node speaks, and 1.3 the newest.
  ['ssl_min_protocol_version', ['TLSv1.2', 'TLSv1.1', 'TLSv1']],
  ['ssl_max_protocol_version', ['TLSv1.3']],
  ['replication', ['false', 'off', 'no', '0']],
  ['requirepeer', []],
  ['require_auth', []],
  ['sslpassword', []],
  ['sslkeylogfile', []],
  ['scram_client_key', []],
  ['scram_server_key', []],
  ['oauth_issuer', []],
  ['oauth_client_id', []],
  ['oauth_client_secret', []],
  ['oauth_scope', []],
  ['servicefile', []],
])

/** Returns whether libpq has a parameter of this name that the program ignores or refuses. */
export function isKnownParameter(name: string): boolean {
  return IGNORED.has(name) || SUPPORTED_VALUES.has(name)
}

/** Returns whether a parameter demands what this program does not support; an empty value demands nothing. */
export function isUnsupported(name: string, value: string): boolean {
  const supported = SUPPORTED_VALUES.get(name)
  if (supported === undefined || value === '') return false
  return !supported.some((one) => one.toLowerCase() === value.toLowerCase())
}

/** Returns the values of a parameter that are supported; empty if none is. */
export function supportedValues(name: string): readonly string[] {
  return SUPPORTED_VALUES.get(name) ?? []
}
