import { usageError } from '../../errors.ts'
import { type DsnValues, readParameters, readTimeout } from './parameters.ts'

/** libpq's variables (PostgreSQL manual, "Environment Variables") that describe a connection. */
const VARIABLES: Readonly<Record<string, string>> = {
  PGHOST: 'host',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGSSLMODE: 'sslmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGSERVICE: 'service',
  PGPASSFILE: 'passfile',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGCHANNELBINDING: 'channel_binding',
}

/** Variables that make libpq connect elsewhere, or more carefully: to ignore them silently would mislead. */
const UNSUPPORTED = [
  'PGHOSTADDR',
  'PGOPTIONS',
  'PGREQUIREAUTH',
  'PGREQUIREPEER',
  'PGREQUIRESSL',
  'PGSSLCRL',
  'PGSSLCRLDIR',
  'PGSSLMINPROTOCOLVERSION',
  'PGSSLMAXPROTOCOLVERSION',
]

/**
 * Reads libpq's environment variables; an empty one counts as not set.
 * Errors: `USAGE` that names the variable; no message contains a value.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): { values: DsnValues; warnings: string[] } {
  const values = readParameters([], { name: 'the environment' })
  for (const [variable, parameter] of Object.entries(VARIABLES)) {
    const value = env[variable]
    if (!value) continue
    if (parameter === 'connect_timeout' && readTimeout(value) === undefined) {
      throw usageError(
        'The environment variable PGCONNECT_TIMEOUT is not a whole number of seconds.',
        'Set it to seconds, such as 10, or unset it.',
      )
    }
    const parameterValues = readParameters([[parameter, value]], {
      name: `the environment variable ${variable}`,
    })
    Object.assign(values.settings, parameterValues.settings)
    values.connectTimeoutMs ??= parameterValues.connectTimeoutMs
    values.service ??= parameterValues.service
    values.passfile ??= parameterValues.passfile
    values.channelBinding ??= parameterValues.channelBinding
  }
  const warnings = UNSUPPORTED.filter((variable) => env[variable]).map(
    (variable) => `The environment variable ${variable} is not supported by mathesarctl, which ignores it.`,
  )
  return { values, warnings }
}
