import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type ErrorCode, OperatorError } from '../../src/errors.ts'

/** Returns the OperatorError that the work fails with, after checking its code. */
export async function failure(action: () => unknown, code: ErrorCode): Promise<OperatorError> {
  try {
    await action()
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error
    expect(`${error.code}: ${error.message}`).toMatch(new RegExp(`^${code}:`))
    expect(error.message).toMatch(/^[A-Z"“].*\.$/s)
    expect(error.hint).not.toBe('')
    return error
  }
  throw new Error(`nothing failed, ${code} was expected`)
}

/** Returns a certificate or key for tests. */
export function tlsFile(name: string): string {
  return join(import.meta.dirname, '../support/tls', name)
}

export function tlsText(name: string): string {
  return readFileSync(tlsFile(name), 'utf8')
}

/** Starts a TCP server on loopback, for servers that misbehave. */
export async function startTcpServer(
  onConnection: (socket: Socket) => void,
): Promise<{ port: number; server: Server; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    server,
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
