/**
 * What a removal can do with dependents.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { DEPENDENTS_STRATEGIES } from '../../schema/types.ts'
