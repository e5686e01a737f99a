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
 * Parameters with their harmless values, in lower case; any other value demands what this program does not
 * support. Those without a harmless value change what a connection is or whom it trusts.
 */
const HARMLESS_VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['gssencmode', ['disable', 'prefer']],
  ['target_session_attrs', ['any', 'read-write', 'primary', 'prefer-standby']],
  ['sslnegotiation', ['postgres']],
  ['sslsni', ['1']],
  ['sslcertmode', ['allow']],
  ['min_protocol_version', ['3.0']],
  // TLS 1.2 is the oldest version that Node speaks, and 1.3 the newest.
  ['ssl_min_protocol_version', ['TLSv1.2', 'TLSv1.1', 'TLSv1']],
  ['ssl_max_protocol_version', ['TLSv1.3']],
  ['replication', ['false', 'off', 'no', '0']],
  ['requirepeer', []],
  ['require_auth', []],
  ['sslcrl', []],
  ['sslcrldir', []],
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
  return IGNORED.has(name) || HARMLESS_VALUES.has(name)
}

/** Returns whether a parameter demands what this program does not support; an empty value demands nothing. */
export function isUnsupported(name: string, value: string): boolean {
  const harmless = HARMLESS_VALUES.get(name)
  if (harmless === undefined || value === '') return false
  return !harmless.some((one) => one.toLowerCase() === value.toLowerCase())
}

/** Returns the values of a parameter that are supported; empty if none is. */
export function supportedValues(name: string): readonly string[] {
  return HARMLESS_VALUES.get(name) ?? []
}
