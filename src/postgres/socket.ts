import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { OperatorError } from '../errors.ts'
import { containerKind, loopbackHint } from './container.ts'
import { type Deadline, until } from './deadline.ts'
import { describeServer, isSocketDirectory, socketPath } from './describe.ts'
import { ConnectionError, type ConnectionReason } from './errors.ts'
import type { ConnectionSettings } from './types.ts'

type Target = Pick<ConnectionSettings, 'host' | 'port'>

interface Address {
  address: string
  family: number
}

/** How long an address has before the next one is tried beside it (RFC 8305, "Connection Attempt Delay"). */
const NEXT_ADDRESS_AFTER_MS = 250

const IPV6_HINT =
  "Use an address of the server that works over IPv4, such as your provider's session pooler, or give this machine (or container network) IPv6."

/** Silence after which the kernel asks whether the server is still there. */
const KEEP_ALIVE_AFTER_MS = 30_000

/**
 * Opens a connection to the server, over TCP to the first address of the host that answers, or over a Unix socket.
 * Errors: `CONNECTION_FAILED`, in its own words for each cause; the reason of the deadline's signal.
 */
export async function openSocket(
  target: Target,
  deadline: Deadline,
  onDetail?: (message: string) => void,
): Promise<Socket> {
  if (isSocketDirectory(target.host)) {
    deadline.enter('tcp')
    try {
      return await connectTo({ path: socketPath(target) }, deadline.signal)
    } catch (error) {
      deadline.signal.throwIfAborted()
      throw unixSocketError(target, error)
    }
  }
  const addresses = await resolve(target, deadline)
  if (isIP(target.host) === 0) {
    onDetail?.(`${target.host} is ${addresses.map(({ address }) => address).join(', ')}`)
  }
  deadline.enter('tcp')
  const socket = await connectToFirst(target, addresses, deadline.signal).catch((error: unknown) => {
    throw withAddressFamily(error, target, addresses)
  })
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS)
  return socket
}

async function resolve(target: Target, deadline: Deadline): Promise<Address[]> {
  const family = isIP(target.host)
  if (family !== 0) return [{ address: target.host, family }]
  deadline.enter('resolve')
  try {
    const addresses = await until(deadline.signal, lookup(target.host, { all: true, order: 'verbatim' }))
    if (addresses.length > 0) return addresses
    throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' })
  } catch (error) {
    deadline.signal.throwIfAborted()
    const code = codeOf(error)
    const temporary = code === 'EAI_AGAIN'
    throw new ConnectionError(
      'CONNECTION_FAILED',
      temporary
        ? `The host name "${target.host}" could not be resolved: no name server answered.`
        : `The host name "${target.host}" does not resolve to an address.`,
      temporary
        ? 'Check the network and the name server of this machine, then try again.'
        : 'Check the spelling of the host, and that this machine (or container network) knows the name.',
      { field: 'host', data: { reason: 'resolve', errno: code }, cause: error },
    )
  }
}

/**
 * Tries the addresses in turn; one that has not answered after a moment keeps its chance while the next one is tried,
 * so that a dead IPv6 route does not use up the time.
 */
async function connectToFirst(target: Target, addresses: Address[], signal: AbortSignal): Promise<Socket> {
  const failures: { address: Address; error: unknown }[] = []
  const losers = new AbortController()
  const onAbort = () => losers.abort(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    signal.throwIfAborted()
    return await new Promise<Socket>((resolve, reject) => {
      let next = 0
      let timer: NodeJS.Timeout | undefined
      const startNext = () => {
        clearTimeout(timer)
        const address = addresses[next++]
        if (address === undefined) return
        if (next < addresses.length) timer = setTimeout(startNext, NEXT_ADDRESS_AFTER_MS)
        connectTo({ host: address.address, port: target.port }, losers.signal).then(
          (socket) => {
            if (losers.signal.aborted) {
              socket.destroy()
              return
            }
            clearTimeout(timer)
            resolve(socket)
            losers.abort()
          },
          (error: unknown) => {
            if (losers.signal.aborted) {
              clearTimeout(timer)
              reject(losers.signal.reason)
              return
            }
            failures.push({ address, error })
            if (failures.length === addresses.length) reject(tcpError(target, failures))
            else startNext()
          },
        )
      }
      startNext()
    })
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** An IPv6 route may exist and lead nowhere: the system then reports no error, but the time runs out. */
function withAddressFamily(error: unknown, target: Target, addresses: Address[]): unknown {
  if (!(error instanceof ConnectionError) || error.reason !== 'timeout') return error
  if (isIP(target.host) !== 0 || addresses.some(({ family }) => family !== 6)) return error
  return error.with({
    hint: `The host "${target.host}" has only IPv6 addresses. ${error.hint} ${IPV6_HINT}`,
  })
}

function connectTo(
  options: { path: string } | { host: string; port: number },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const socket = connect(options)
    const settle = () => {
      signal.removeEventListener('abort', onAbort)
      socket.off('connect', onConnect)
      socket.off('error', onError)
    }
    const onAbort = () => {
      settle()
      // An error may still come from a socket that is being closed.
      socket.on('error', () => {})
      socket.destroy()
      reject(signal.reason)
    }
    const onConnect = () => {
      settle()
      resolve(socket)
    }
    const onError = (error: Error) => {
      settle()
      reject(error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', onConnect)
    socket.once('error', onError)
  })
}

/** What it means that no address of the host could be connected to. */
export function tcpError(target: Target, failures: { address: Address; error: unknown }[]): OperatorError {
  const codes = failures.map(({ error }) => codeOf(error))
  const server = describeServer(target)
  const make = (reason: ConnectionReason, message: string, hint: string) =>
    new ConnectionError('CONNECTION_FAILED', message, hint, {
      data: { reason, addresses: failures.map(({ address }) => address.address), errno: codes },
      cause: failures.at(-1)?.error,
    })

  // A refusal proves that the machine was reached: it tells more than an address that leads nowhere.
  if (codes.includes('ECONNREFUSED')) {
    const kind = failures.every(({ address }) => isLoopback(address.address)) ? containerKind() : null
    return make(
      'refused',
      `The server at ${server} refused the connection: nothing listens there.`,
      kind === null
        ? 'Check that PostgreSQL is running, that the port is right, and that its listen_addresses include that address.'
        : loopbackHint(kind),
    )
  }
  const unreachable = codes.every((code) =>
    ['ENETUNREACH', 'EHOSTUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code),
  )
  const onlyIPv6 = failures.every(({ address }) => address.family === 6)
  if (onlyIPv6 && (unreachable || !hasIPv6Route())) {
    return make(
      'ipv6',
      `The host "${target.host}" has only IPv6 addresses, and this machine has no IPv6 route to them.`,
      IPV6_HINT,
    )
  }
  if (codes.includes('ETIMEDOUT')) {
    return make(
      'timeout',
      `The server at ${server} did not answer.`,
      'Check host and port, and that no firewall or security group between here and the server drops the connection.',
    )
  }
  if (unreachable) {
    return make(
      'unreachable',
      `There is no network route to the server at ${server}.`,
      'Check the address, and the network (or VPN) of this machine.',
    )
  }
  return make(
    'tcp',
    `The connection to the server at ${server} could not be opened (${codes.join(', ')}).`,
    'Check host and port, and the network between here and the server.',
  )
}

/** What it means that the Unix socket could not be opened. */
export function unixSocketError(target: Target, error: unknown): OperatorError {
  const path = socketPath(target)
  const code = codeOf(error)
  const make = (message: string, hint: string) =>
    new ConnectionError('CONNECTION_FAILED', message, hint, {
      data: { reason: 'socket', path, errno: code },
      cause: error,
    })
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return make(
        `There is no Unix socket ${path}.`,
        'Check that PostgreSQL is running on this machine, that its unix_socket_directories include that directory, and that the port is right; in a container the directory must be mounted.',
      )
    case 'EACCES':
    case 'EPERM':
      return make(
        `This user may not open the Unix socket ${path}.`,
        "Run the command as a user that may, or correct the permissions of the directory or the server's unix_socket_permissions.",
      )
    case 'ECONNREFUSED':
      return make(
        `Nothing listens on the Unix socket ${path}.`,
        'Check that PostgreSQL is running: the file may be left over from a server that is gone.',
      )
    default:
      return make(
        `The Unix socket ${path} could not be opened (${code}).`,
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

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error'
}
