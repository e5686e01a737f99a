/**
 * Where the settings of a connection come from.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { dsnParameters, parseDsn } from '../../postgres/settings/dsn.ts'
export {
  completeSettings,
  DEFAULT_SETTINGS,
  environmentTimeout,
  environmentTls,
  lookUpPassword,
  missingSettings,
  type ResolvedSettings,
  resolveSettings,
} from '../../postgres/settings/resolve-settings.ts'
export { uriWithoutPassword } from '../../postgres/settings/uri.ts'
export { overrideTls } from '../../postgres/tls/options.ts'
