/**
 * Which hosts are the machine itself, and at which address this machine reaches a host.
 *
 * The command line imports it from here, since it reaches below the use cases for types alone.
 */

export { areOneLoopback, isLoopback, isSocketDirectory } from '../../postgres/describe.ts'
export { addressOf } from '../../postgres/destination.ts'
