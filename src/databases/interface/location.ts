/**
 * Where the internal database lies. It loads no kind of store.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { parseLocation } from '../../store/location.ts'
