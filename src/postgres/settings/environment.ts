import { variableDamage } from '../../files/lenient-text.ts'
import { type GivenParameter, isSupported } from './parameters.ts'
import { isUnsupported } from './unsupported.ts'

/**
 * The variables of libpq 18 (PostgreSQL manual, "Environment Variables") that set a parameter, with the name
 * of that parameter.
 */
const VARIABLES: Readonly<Record<string, string>> = {
  PGHOST: 'host',
  PGHOSTADDR: 'hostaddr',
  PGPORT: 'port',
  PGDATABASE: 'dbname',
  PGUSER: 'user',
  PGPASSWORD: 'password',
  PGPASSFILE: 'passfile',
  PGSERVICE: 'service',
  PGREQUIREAUTH: 'require_auth',
  PGCHANNELBINDING: 'channel_binding',
  PGAPPNAME: 'application_name',
  PGSSLMODE: 'sslmode',
  PGSSLNEGOTIATION: 'sslnegotiation',
  PGSSLCOMPRESSION: 'sslcompression',
  PGSSLCERT: 'sslcert',
  PGSSLKEY: 'sslkey',
  PGSSLCERTMODE: 'sslcertmode',
  PGSSLROOTCERT: 'sslrootcert',
  PGSSLCRL: 'sslcrl',
  PGSSLCRLDIR: 'sslcrldir',
  PGSSLSNI: 'sslsni',
  PGREQUIREPEER: 'requirepeer',
  PGSSLMINPROTOCOLVERSION: 'ssl_min_protocol_version',
  PGSSLMAXPROTOCOLVERSION: 'ssl_max_protocol_version',
  PGGSSENCMODE: 'gssencmode',
  PGKRBSRVNAME: 'krbsrvname',
  PGGSSLIB: 'gsslib',
  PGGSSDELEGATION: 'gssdelegation',
  PGCONNECT_TIMEOUT: 'connect_timeout',
  PGCLIENTENCODING: 'client_encoding',
  PGTARGETSESSIONATTRS: 'target_session_attrs',
  PGLOADBALANCEHOSTS: 'load_balance_hosts',
  PGMINPROTOCOLVERSION: 'min_protocol_version',
  PGMAXPROTOCOLVERSION: 'max_protocol_version',
}

/** A variable that sets a parameter. */
export interface VariableParameter extends GivenParameter {
  /** The program does not support what the variable demands, and ignores it. */
  isIgnored: boolean
  /** The name of the variable. */
  variable: string
}

/**
 * Reads libpq's environment variables that set a parameter; an empty one counts as not set. PGREQUIRESSL=1
 * sets sslmode=require where PGSSLMODE sets nothing.
 *
 * PGSERVICEFILE and PGSYSCONFDIR are read with the service file. PGOPTIONS belongs to the sessions of other
 * programs, and PGDATESTYLE, PGTZ and PGGEQO set what no statement of this program depends on.
 */
export function environmentParameters(env: NodeJS.ProcessEnv): VariableParameter[] {
  const parameters = Object.entries(VARIABLES).flatMap(([variable, name]) => {
    const value = env[variable]
    return value ? [parameterOf(variable, name, value)] : []
  })
  if (env.PGREQUIRESSL?.startsWith('1') && !env.PGSSLMODE) {
    parameters.push(parameterOf('PGREQUIRESSL', 'sslmode', 'require'))
  }
  if (env.PGOPTIONS) {
    parameters.push({ ...parameterOf('PGOPTIONS', 'options', env.PGOPTIONS), isIgnored: true })
  }
  return parameters
}

function parameterOf(variable: string, name: string, value: string): VariableParameter {
  return {
    name,
    value,
    variable,
    origin: {
      name: `the environment variable ${variable}`,
      variable,
      damage: variableDamage(variable, value),
    },
    isIgnored: !isSupported(name) && isUnsupported(name, value),
  }
}

/** Returns the warning about a variable that is ignored. */
export function ignoredVariable({ variable }: VariableParameter): string {
  return `The environment variable ${variable} has a value that mathesarctl does not support; it is ignored.`
}
