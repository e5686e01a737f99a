/**
 * What values of a connection are valid.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { checkDatabaseName, checkHost, checkPort, checkUserName } from '../../postgres/settings/validate.ts'
export { SSL_MODES } from '../../postgres/types.ts'
