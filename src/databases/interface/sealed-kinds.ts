/**
 * The kinds of encrypted values.
 *
 * The command line imports them from here, since it reaches below the use cases for types alone.
 */
export { SEALED_KINDS } from '../../store/sealed.ts'
