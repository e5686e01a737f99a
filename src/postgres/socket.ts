import { lookup } from 'node:dns/promises'
import { connect, isIP, type Socket } from 'node:net'
import { type Deadline, until } from './deadline.ts'
import { describeServer, isSocketDirectory, socketPath } from './describe.ts'
import { type Place, placeOf, type Reachable } from './destination.ts'
import { type Address, resolveError, tcpError, unixSocketError, withAddressFamily } from './socket-errors.ts'

/**
 * The milliseconds after which the next address is tried beside one (RFC 8305, "Connection Attempt Delay").
 */
const NEXT_ADDRESS_AFTER_MS = 250

/** The milliseconds of silence after which the kernel probes whether the server still exists. */
const KEEP_ALIVE_AFTER_MS = 30_000

/**
 * Opens a connection to the server, over TCP to the first address of the host that answers, or over a Unix
 * socket. Errors: `CONNECTION_FAILED` with a `reason` for each cause; the reason of the deadline's signal.
 */
export async function openSocket(
  target: Reachable,
  deadline: Deadline,
  onDetail?: (message: string) => void,
): Promise<Socket> {
  const place = placeOf(target)
  if (target.reached !== undefined) onDetail?.(`${target.host} is reached at ${describeServer(place)}`)
  if (isSocketDirectory(place.host)) {
    deadline.enter('tcp')
    try {
      return await connectTo({ path: socketPath(place) }, deadline.signal)
    } catch (error) {
      deadline.signal.throwIfAborted()
      throw unixSocketError(target, error)
    }
  }
  const addresses = await resolve(place, target, deadline)
  if (isIP(place.host) === 0) {
    onDetail?.(`${place.host} is ${addresses.map(({ address }) => address).join(', ')}`)
  }
  deadline.enter('tcp')
  const socket = await connectToFirst(target, addresses, deadline.signal).catch((error: unknown) => {
    throw withAddressFamily(error, target, addresses)
  })
  socket.setNoDelay(true)
  socket.setKeepAlive(true, KEEP_ALIVE_AFTER_MS)
  return socket
}

async function resolve(place: Place, target: Reachable, deadline: Deadline): Promise<Address[]> {
  const family = isIP(place.host)
  if (family !== 0) return [{ address: place.host, family }]
  deadline.enter('resolve')
  try {
    const addresses = await until(deadline.signal, lookup(place.host, { all: true, order: 'verbatim' }))
    if (addresses.length > 0) return addresses
    throw Object.assign(new Error('no address'), { code: 'ENOTFOUND' })
  } catch (error) {
    deadline.signal.throwIfAborted()
    throw resolveError(target, error)
  }
}

/**
 * Tries the addresses in turn. An address that has not answered after a moment can still answer while the
 * next one is tried, so that a dead IPv6 route does not use up the time.
 */
async function connectToFirst(target: Reachable, addresses: Address[], signal: AbortSignal): Promise<Socket> {
  const { port } = placeOf(target)
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
        connectTo({ host: address.address, port }, losers.signal).then(
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
