import type { Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSession, type SessionOptions } from '../../src/postgres/connect.ts'
import { cutText } from '../../src/postgres/cut-texts.ts'
import { toOperatorError } from '../../src/postgres/sqlstate.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { ownedDatabase } from '../support/database.ts'
import { startTcpServer } from './support.ts'

const OPTIONS: SessionOptions = { timeoutMs: 5_000, home: null, answerTimeoutMs: 300 }

/** Returns a message of the protocol: its type, its length and its contents. */
function message(type: string, contents: Buffer | string = ''): Buffer {
  const body = Buffer.from(contents)
  const header = Buffer.alloc(5)
  header.write(type, 0, 'latin1')
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}

/** Returns a header that announces so many bytes. */
function announcing(type: string, length: number): Buffer {
  const header = message(type)
  header.writeUInt32BE(length, 1)
  return header
}

const READY = message('Z', 'I')
const COLUMN = message(
  'T',
  Buffer.concat([
    Buffer.from([0, 1]),
    Buffer.from('x\0'),
    Buffer.from('0000000000000000001900ffffffffffff0000'.slice(0, 36), 'hex'),
  ]),
)
const ROW = message('D', Buffer.from([0, 1, 0, 0, 0, 1, 120]))

const fields = (values: Readonly<Record<string, string>>) =>
  `${Object.entries(values)
    .map(([field, value]) => `${field}${value}\0`)
    .join('')}\0`

/** Starts a server that admits everybody, and then answers each message as given. */
async function server(
  answer: (socket: Socket) => void,
  login: readonly Buffer[] = [],
): Promise<ConnectionSettings> {
  const { port, stop } = await startTcpServer((socket) => {
    let isLoggedIn = false
    socket.on('data', () => {
      if (isLoggedIn) {
        answer(socket)
        return
      }
      isLoggedIn = true
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), ...login, READY]))
    })
  })
  onTestFinished(stop)
  return {
    host: '127.0.0.1',
    port,
    database: 'd',
    user: 'u',
    password: null,
    sslmode: 'disable',
    sslrootcert: null,
    sslcert: null,
    sslkey: null,
    options: null,
  }
}

/** Writes a chunk again and again, as fast as the client reads. */
function flood(socket: Socket, chunk: Buffer): void {
  const write = () => {
    while (!socket.destroyed && socket.write(chunk));
  }
  socket.on('drain', write)
  write()
}

async function failureOf(settings: ConnectionSettings, options = OPTIONS): Promise<unknown> {
  const session = await openSession(settings, options).catch((error: unknown) => error as Error)
  if (session instanceof Error) return session
  try {
    return await session.check(() => session.run('SELECT 1')).catch((error: unknown) => error)
  } finally {
    await session.close()
  }
}

describe('a server that misbehaves after the login', () => {
  it('has a deadline for the answer to a check', async () => {
    const start = performance.now()
    expect(await failureOf(await server(() => {}))).toMatchObject({
      code: 'CONNECTION_FAILED',
      reason: 'timeout',
      message: expect.stringMatching(/accepted the login, but did not answer a check within 0\.3 s\.$/),
    })
    expect(performance.now() - start).toBeLessThan(4_000)
  })

  it('has a deadline for a check although it sends a little all the time', async () => {
    const settings = await server((socket) => {
      socket.write(COLUMN)
      const timer = setInterval(() => socket.write(ROW), 50)
      socket.on('close', () => clearInterval(timer))
    })
    const options = { ...OPTIONS, answerTimeoutMs: 200 }
    expect(await failureOf(settings, options)).toMatchObject({ reason: 'timeout' })
  })

  it('may take any time for a statement that is no check, and the silence is reported', async () => {
    const settings = await server((socket) => setTimeout(() => socket.write(READY), 11_500))
    const reports: number[] = []
    const session = await openSession(settings, { ...OPTIONS, onSilence: (seconds) => reports.push(seconds) })
    await session.run('SELECT 1')
    await session.close()
    expect(reports).toEqual([10])
  }, 20_000)

  it.each([
    ['a row of 4 GB', announcing('D', 0xffff_ffff)],
    ['a row of 129 MiB', announcing('D', 129 * 1024 ** 2)],
    ['an error of 1 GB', announcing('E', 2 ** 30)],
    ['a parameter of 1 MB', announcing('S', 1_000_000)],
    ['a message that is shorter than its own length', announcing('Z', 3)],
    ['a message of length 0', announcing('D', 0)],
    ['an unknown message of 2 GB', announcing('!', 2 ** 31)],
  ])('is refused when it announces %s', async (_, header) => {
    const refused = {
      code: 'CONNECTION_FAILED',
      reason: 'protocol',
      message: expect.stringMatching(/length/),
    }
    // Also where each byte arrives alone.
    expect(await failureOf(await server((socket) => socket.write(header)))).toMatchObject(refused)
    const slow = await server((socket) => {
      for (const [index, byte] of header.entries())
        setTimeout(() => socket.write(Buffer.from([byte])), 5 * index)
    })
    expect(await failureOf(slow, { ...OPTIONS, answerTimeoutMs: 3000 })).toMatchObject(refused)
    expect(await failureOf(await server(() => {}, [header]))).toMatchObject(refused)
  })

  it.each([
    ['small rows', Buffer.concat(Array.from({ length: 4096 }, () => ROW))],
    [
      'large rows',
      message('D', Buffer.concat([Buffer.from([0, 1, 0, 0x10, 0, 0]), Buffer.alloc(0x100000, 120)])),
    ],
    ['notices', message('N', fields({ S: 'NOTICE', C: '00000', M: 'x'.repeat(100_000) }))],
  ])(
    'is refused when it sends %s without end',
    async (_, chunk) => {
      const settings = await server((socket) => {
        socket.write(COLUMN)
        flood(socket, chunk)
      })
      expect(await failureOf(settings, { ...OPTIONS, answerTimeoutMs: 60_000 })).toMatchObject({
        code: 'CONNECTION_FAILED',
        reason: 'protocol',
        message: expect.stringMatching(/sent more than \d+ (rows|MiB) in answer to one statement/),
      })
    },
    60_000,
  )

  it('counts for each statement anew', async () => {
    const settings = await server((socket) => {
      socket.write(
        Buffer.concat([COLUMN, ...Array.from({ length: 1000 }, () => ROW), message('C', 'SELECT\0'), READY]),
      )
    })
    const session = await openSession(settings, OPTIONS)
    for (let run = 0; run < 3; run++) expect(await session.run('SELECT 1')).toHaveLength(1000)
    await session.close()
  })
})

describe('the texts of a server', () => {
  it('are cut when an error has 50 MB', async () => {
    const long = 'x'.repeat(50_000_000)
    const texts = fields({
      S: 'ERROR',
      C: '22000',
      M: `begins ${long}`,
      D: long,
      H: 'h'.repeat(100_000),
      W: 'w'.repeat(100_000),
    })
    const settings = await server((socket) => socket.write(Buffer.concat([message('E', texts), READY])))
    const error = toOperatorError(await failureOf(settings, { ...OPTIONS, answerTimeoutMs: 20_000 }), {
      settings,
    })
    expect(error.message).toMatch(/begins x+ \[... 49998007 more characters\]/)
    expect(JSON.stringify([error.message, error.hint, error.details]).length).toBeLessThan(40_000)
    const { cause } = error
    expect((cause as Error).stack?.length).toBeLessThan(5_000)
    expect(JSON.stringify(cause).length).toBeLessThan(40_000)
  })

  it('are cut in an error of a login and in a notice', async () => {
    const long = message('E', fields({ S: 'FATAL', C: '28000', M: 'y'.repeat(1_000_000) }))
    expect(String(await failureOf(await server(() => {}, [long])))).toMatch(
      /y{100} \[... \d+ more characters\]/,
    )
    const settings = await ownedDatabase()
    const session = await openSession(settings, OPTIONS)
    const notices: string[] = []
    await session.run("DO $$BEGIN RAISE NOTICE '%', repeat('z', 1000000); END$$", (notice) => {
      notices.push(notice.message)
    })
    await session.close()
    expect(notices).toEqual([expect.stringMatching(/^z{2000} \[... 998000 more characters\]$/)])
  })

  it('are cut between characters', () => {
    expect(cutText('abc', 3)).toBe('abc')
    expect(cutText('ab\u{1f600}d', 3)).toBe('ab [... 3 more characters]')
  })
})
