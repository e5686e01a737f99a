import { OperatorError, usageError } from '../errors.ts'
import { homeDirectory } from '../files/home-directory.ts'
import { answerLimitMs } from './answer-limit.ts'
import { type Deadline, pause, startDeadline } from './deadline.ts'
import { describeServer } from './describe.ts'
import { type Destination, destinationOf, isSocket } from './destination.ts'
import { connectionReason } from './errors.ts'
import { readLockWait } from './lock-wait.ts'
import { type LoggedIn, logIn } from './login/login.ts'
import { isPlainRefusal } from './login/login-errors.ts'
import { createSession } from './session.ts'
import type { ChannelBinding } from './settings/parameters.ts'
import { checkDatabaseName, checkHost, checkPassword, checkPort, checkUserName } from './settings/validate.ts'
import { openSocket } from './socket.ts'
import { isDatabaseError, toOperatorError } from './sqlstate.ts'
import { usableTls } from './tls/negotiation.ts'
import { withOptionHints } from './tls/option-hints.ts'
import type { TlsOptions } from './tls/options.ts'
import { requestTls } from './tls/tls.ts'
import { checkSystemRoot } from './tls/tls-files.ts'
import { type Encryption, openTransport, type Transport } from './transport.ts'
import type { ConnectionSettings, ConnectOptions, Session } from './types.ts'

export interface SessionOptions extends ConnectOptions {
  /** `require`: log in only by SCRAM with channel binding (`ResolvedSettings.channelBinding`). */
  channelBinding?: ChannelBinding | null
  /** How TLS is used, beside what the settings state (`ResolvedSettings.tls`). */
  tls?: TlsOptions
  /** The directory with libpq's `.postgresql`; by default that of the user who runs the process. */
  home?: string | null
}

interface Connected {
  transport: Transport
  loggedIn: LoggedIn
}

/**
 * The pauses before further attempts at a server that is starting up, in milliseconds, while the deadline
 * allows.
 */
const START_UP_PAUSES_MS = [250, 500, 1000, 1000, 1000, 1000]

/**
 * Opens a connection by libpq's conventions: name resolution, TCP or Unix socket, TLS by the sslmode, login.
 * One deadline, `options.timeoutMs` milliseconds, is over all of it; afterwards only checks have a time limit
 * (`Session.check`).
 *
 * Errors: `CONNECTION_FAILED`, `TLS_FAILED`, `AUTHENTICATION_FAILED`, `DATABASE_DOES_NOT_EXIST`,
 * `INSUFFICIENT_PRIVILEGE` (no CONNECT), `POOLED_CONNECTION`, `USAGE` (an impossible value, or the server
 * asks for a password and there is none); the signal's reason when it was aborted.
 */
export async function openSession(settings: ConnectionSettings, options: SessionOptions): Promise<Session> {
  const destination = destinationOf(settings, options.addresses)
  checkSettings(destination)
  const { tls, warning } = usableTls(settings, options.tls ?? {})
  if (warning) options.onWarning?.(...warning)
  const home = options.home === undefined ? homeDirectory(process.env) : options.home
  const deadline = startDeadline(destination, options.timeoutMs, options.signal)
  try {
    const { transport, loggedIn } = await connect(destination, { ...options, home, tls }, deadline)
    return createSession(destination, settings, transport, loggedIn, {
      home,
      tls,
      answerTimeoutMs: options.answerTimeoutMs ?? answerLimitMs(options.timeoutMs),
      onSilence: options.onSilence,
      ...lockQuestions(settings, options),
      signal: options.signal,
    })
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason
    const hasTls = await offersTls(destination, error, deadline)
    const failed = toOperatorError(error, {
      settings: destination,
      isLogin: true,
      passwordSource: options.passwordSource,
      ...(hasTls === undefined ? {} : { hasTls }),
    })
    throw isSocket(destination) ? failed : withOptionHints(failed, tls)
  } finally {
    deadline.end()
  }
}

/**
 * Opens a connection, runs the work and closes the connection, however the work ends. Errors: as
 * `openSession`.
 */
export async function withSession<T>(
  settings: ConnectionSettings,
  options: SessionOptions,
  action: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession(settings, options)
  try {
    return await action(session)
  } finally {
    await session.close()
  }
}

/** How long a question about a lock may take to connect, and then to be answered, in milliseconds. */
const QUESTION_TIMEOUT_MS = 3_000

/** Returns how a session finds out for which lock it waits: over a second one, which asks nothing further. */
function lockQuestions(
  settings: ConnectionSettings,
  options: SessionOptions,
): Pick<Parameters<typeof createSession>[4], 'findLock' | 'onLock'> {
  const { onLock } = options
  if (onLock === undefined) return {}
  const { onDetail: _steps, onWarning: _warnings, onSilence: _silence, onLock: _lock, ...same } = options
  const limits = { timeoutMs: QUESTION_TIMEOUT_MS, answerTimeoutMs: QUESTION_TIMEOUT_MS }
  return {
    findLock: (pid, signal) =>
      withSession(settings, { ...same, ...limits, signal }, (second) => readLockWait(second, pid)),
    onLock: ({ holder }, seconds) => onLock(holder, seconds),
  }
}

/** A NUL byte would end a message of the protocol early: every value is checked, wherever it came from. */
function checkSettings(settings: Destination): void {
  const problems = [
    ['host', checkHost(settings.host)],
    ['port', checkPort(String(settings.port))],
    ['database', checkDatabaseName(settings.database)],
    ['user', checkUserName(settings.user)],
    ['password', checkPassword(settings.password ?? '')],
    ['options', settings.options?.includes('\0') ? 'The options contain a NUL character.' : null],
  ] as const
  for (const [field, problem] of problems) {
    if (problem !== null) throw usageError(problem, `Correct the ${field}.`, field)
  }
  if (!isSocket(settings)) checkSystemRoot(settings)
}

async function connect(
  settings: Destination,
  options: SessionOptions & { home: string | null },
  deadline: Deadline,
): Promise<Connected> {
  for (let tried = 0; ; tried++) {
    try {
      return await connectBySslMode(settings, options, deadline)
    } catch (error) {
      const wait = START_UP_PAUSES_MS[tried]
      const isStarting = isDatabaseError(error) && error.code === '57P03'
      if (!isStarting || wait === undefined || deadline.remaining() <= wait) throw error
      options.onDetail?.(`the server at ${describeServer(settings)} is starting up; trying again`)
      await pause(wait, deadline.signal)
    }
  }
}

/**
 * Asks a server that refused a connection without TLS whether it has TLS at all; `undefined` if that does
 * not matter.
 */
async function offersTls(
  settings: Destination,
  error: unknown,
  deadline: Deadline,
): Promise<boolean | undefined> {
  const isRelevant = settings.sslmode === 'disable' && !isSocket(settings)
  if (!isRelevant || !isDatabaseError(error) || !isPlainRefusal(error)) return undefined
  try {
    const socket = await openSocket(settings, deadline)
    socket.on('error', () => {})
    return await requestTls(socket, settings, deadline).finally(() => socket.destroy())
  } catch {
    return undefined
  }
}

/** libpq's table (PostgreSQL manual, "SSL Mode Descriptions"). */
async function connectBySslMode(
  settings: Destination,
  options: SessionOptions & { home: string | null },
  deadline: Deadline,
): Promise<Connected> {
  const attempt = (encryption: Encryption) => connectOnce(settings, encryption, options, deadline)
  if (isSocket(settings)) return attempt('none')
  switch (settings.sslmode) {
    case 'disable':
      return attempt('none')
    case 'allow':
      return attempt('none').catch((error: unknown) => {
        if (!canDependOnEncryption(error)) throw error
        options.onDetail?.('the server refused the connection without TLS; trying with TLS')
        return attempt('required').catch((second: unknown) => {
          // If the server has no TLS, its first answer is the cause.
          throw connectionReason(second) === 'not offered' ? error : second
        })
      })
    case 'prefer': {
      let isPlain = false
      const first = connectOnce(
        settings,
        'if offered',
        { ...options, onPlain: () => (isPlain = true) },
        deadline,
      )
      return first.catch((error: unknown) => {
        if (isPlain || !canDependOnEncryption(error)) throw error
        options.onDetail?.('the connection with TLS failed; trying without')
        return attempt('none').catch((second: unknown) => {
          // If the server requires TLS, the failure of TLS is the cause.
          throw isDatabaseError(second) && isPlainRefusal(second) ? error : second
        })
      })
    }
    default:
      return attempt('required')
  }
}

/**
 * Returns whether the server may admit the other kind of connection. Unlike libpq, this program does not send
 * a wrong password a second time: the answer would be the same, and a server that counts failures would count
 * two.
 */
function canDependOnEncryption(error: unknown): boolean {
  if (isDatabaseError(error)) return error.code === '28000' || isPlainRefusal(error)
  const reason = connectionReason(error)
  return reason === 'ssl request' || (isTlsFailure(error) && reason !== 'file')
}

function isTlsFailure(error: unknown): boolean {
  return error instanceof OperatorError && error.code === 'TLS_FAILED'
}

function warnOfClearText(settings: Destination, { onWarning }: SessionOptions): void {
  onWarning?.(
    `The server at ${describeServer(settings)} asks for the password of role "${settings.user}" in clear text, and the connection is not encrypted: whoever can read the traffic can read the password.`,
    'Use --sslmode require or stronger, or ask an administrator to use scram-sha-256 in the place of password in pg_hba.conf.',
  )
}

async function connectOnce(
  settings: Destination,
  encryption: Encryption,
  options: SessionOptions & { home: string | null; onPlain?: () => void },
  deadline: Deadline,
): Promise<Connected> {
  const { home, onDetail, tls = {} } = options
  const transport = await openTransport(settings, encryption, { deadline, home, tls, onDetail })
  if (!transport.isEncrypted) options.onPlain?.()
  const isExposed = !transport.isEncrypted && !isSocket(settings)
  const loggedIn = await logIn(transport, settings, options.channelBinding ?? null, deadline, () => {
    if (isExposed) warnOfClearText(settings, options)
  })
  onDetail?.(`logged in as role "${settings.user}" to database "${settings.database}"`)
  return { transport, loggedIn }
}
