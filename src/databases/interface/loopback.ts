/**
 * Which hosts are the machine itself, and how a container names the machine that runs it.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */

export { isSocketDirectory } from '../../postgres/describe.ts'
export { addressOf } from '../../postgres/destination.ts'
