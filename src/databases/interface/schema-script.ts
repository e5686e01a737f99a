/**
 * The SQL of an install as a script.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { installScript } from '../../schema/install/print.ts'
export { bundledSource } from '../../schema/sources/index.ts'
