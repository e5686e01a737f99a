/**
 * How a session that holds a lock is named.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */
export { holderText } from '../../schema/session/lock-holder.ts'
