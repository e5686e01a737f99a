/**
 * How dependents are named and sorted.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { identifierText } from '../../postgres/identifier.ts'
export { inClearingOrder } from '../../schema/dependents/clearing-order.ts'
export { placeOf } from '../../schema/dependents/dependents.ts'
