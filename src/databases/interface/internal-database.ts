/**
 * How the internal database is opened, and which names it has.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { WrongFileError } from '../../store/errors.ts'
export { lockOwnerText, openStore, peekNames, storeExists } from '../../store/index.ts'
