/**
 * What Mathesar keeps about a database.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { BELONGINGS } from '../../store/types.ts'
