/**
 * How a Mathesar's schemas are named, and the errors about those that exist and about what is left of them.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { ExistingSchemaError, RemainsError } from '../../schema/errors.ts'
export { releasesText, remainsText } from '../../schema/inspect/remains.ts'
export { UsedByLaterError } from '../used-by-later.ts'
