/**
 * How a Mathesar's schemas are named.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { releasesText, remainsText } from '../../schema/inspect/remains.ts'
