import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { containerKind, loopbackHint } from './container.ts'
import { describeServer, socketPath } from './describe.ts'
import { placeOf, type Reachable } from './destination.ts'
import { ConnectionError, type ConnectionReason } from './errors.ts'

export interface Address {
  address: string
  family: number
}

const IPV6_HINT =
  "Use an address of the server that works over IPv4, such as your provider's session pooler, or give this machine (or container network) IPv6."

/** Returns the error for a host name without an address. */
export function resolveError(target: Reachable, error: unknown): ConnectionError {
  const code = codeOf(error)
  const { host } = placeOf(target)
  const name = target.reached === undefined ? `"${host}"` : `"${host}" (the address of ${target.host})`
  const isTemporary = code === 'EAI_AGAIN'
  // An address that was given in the place of the name is what has to be corrected.
  const elsewhere =
    target.reached === undefined
      ? ` If only Mathesar knows the name, state where this machine reaches it: --address ${host}=ADDRESS[:PORT].`
      : ''
  return new ConnectionError(
    'CONNECTION_FAILED',
    isTemporary
      ? `The host name ${name} could not be resolved: no name server answered.`
      : `The host name ${name} does not resolve to an address.`,
    isTemporary
      ? `Check the network and the name server of this machine, then try again.${elsewhere}`
      : `Check the spelling of the host, and that this machine (or container network) knows the name.${elsewhere}`,
    { field: 'host', data: { reason: 'resolve', errno: code }, cause: error },
  )
}

/** Returns the error for a host none of whose addresses could be connected to. */
export function tcpError(
  target: Reachable,
  failures: { address: Address; error: unknown }[],
): ConnectionError {
  const codes = failures.map(({ error }) => codeOf(error))
  const server = describeServer(target)
  const { host } = placeOf(target)
  const connectError = (reason: ConnectionReason, message: string, hint: string) =>
    new ConnectionError('CONNECTION_FAILED', message, hint, {
      data: { reason, addresses: failures.map(({ address }) => address.address), errno: codes },
      cause: failures.at(-1)?.error,
    })

  // A refusal proves that the machine was reached, and so is more informative than an address that leads
  // nowhere.
  if (codes.includes('ECONNREFUSED')) {
    const kind = failures.every(({ address }) => isLoopback(address.address)) ? containerKind() : null
    return connectError(
      'refused',
      `The server at ${server} refused the connection: nothing listens there.`,
      kind === null
        ? 'Check that PostgreSQL is running, that the port is right, and that its listen_addresses include that address.'
        : `Check that PostgreSQL is running and that the port is right. ${loopbackHint(kind)}`,
    )
  }
  const isUnreachable = codes.every((code) =>
    ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code),
  )
  const isOnlyIPv6 = failures.every(({ address }) => address.family === 6)
  if (isOnlyIPv6 && (isUnreachable || !hasIPv6Route())) {
    return connectError(
      'ipv6',
      `The host "${host}" has only IPv6 addresses, and this machine has no IPv6 route to them.`,
      IPV6_HINT,
    )
  }
  if (codes.includes('ETIMEDOUT')) {
    return connectError(
      'timeout',
      `The server at ${server} did not answer.`,
      'Check host and port, and that no firewall or security group between here and the server drops the connection.',
    )
  }
  if (isUnreachable) {
    return connectError(
      'unreachable',
      `There is no network route to the server at ${server}.`,
      'Check the address, and the network (or VPN) of this machine.',
    )
  }
  return connectError(
    'tcp',
    `The connection to the server at ${server} could not be opened (${codes.join(', ')}).`,
    'Check host and port, and the network between here and the server.',
  )
}

/** Returns the error for a Unix socket that could not be opened. */
export function unixSocketError(target: Reachable, error: unknown): ConnectionError {
  const path = socketPath(placeOf(target))
  const socket = target.reached === undefined ? path : `${path} (the address of ${target.host})`
  const code = codeOf(error)
  const socketError = (message: string, hint: string) =>
    new ConnectionError('CONNECTION_FAILED', message, hint, {
      data: { reason: 'socket', path, errno: code },
      cause: error,
    })
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return socketError(
        `There is no Unix socket ${socket}.`,
        'Check that PostgreSQL is running on this machine, that its unix_socket_directories include that directory, and that the port is right; in a container the directory must be mounted.',
      )
    case 'EACCES':
    case 'EPERM':
      return socketError(
        `This user may not open the Unix socket ${socket}.`,
        "Run the command as a user that may, or correct the permissions of the directory or the server's unix_socket_permissions.",
      )
    case 'ECONNREFUSED':
      return socketError(
        `Nothing listens on the Unix socket ${socket}.`,
        'Check that PostgreSQL is running: the file may be left over from a server that has stopped.',
      )
    default:
      return socketError(
        `The Unix socket ${socket} could not be opened (${code}).`,
        'Check the path and that PostgreSQL is running.',
      )
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.')
}

function hasIPv6Route(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(
      ({ family, internal, address }) => family === 'IPv6' && !internal && !address.startsWith('fe80:'),
    ),
  )
}

/** An IPv6 route may exist and lead nowhere: the system then reports no error, but the time runs out. */
export function withAddressFamily(error: unknown, target: Reachable, addresses: Address[]): unknown {
  if (!(error instanceof ConnectionError) || error.reason !== 'timeout') return error
  const { host } = placeOf(target)
  if (isIP(host) !== 0 || addresses.some(({ family }) => family !== 6)) return error
  return error.with({
    hint: `The host "${host}" has only IPv6 addresses. ${error.hint} ${IPV6_HINT}`,
  })
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error'
}
