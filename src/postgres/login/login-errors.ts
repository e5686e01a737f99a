import { isIP } from 'node:net'
import type pg from 'pg'
import { OperatorError, usageError } from '../../errors.ts'
import { joinHints, shellQuoted, toRun } from '../../hint.ts'
import type { Classified, ErrorTarget } from '../classified.ts'
import { describeServer } from '../describe.ts'
import { isSocket } from '../destination.ts'
import { quoteIdentifier } from '../quote.ts'
import type { PasswordSource } from '../types.ts'
import { describePasswordSource } from './password-source.ts'
import { ScramError } from './scram.ts'

/** Answers of providers' proxies to a connection without TLS; never translated. */
const DEMANDS_TLS =
  /SSL\/TLS required|SSL (connection )?is required|^SSL required|requires? (TLS|SSL)|insecure connection/i

/** PostgreSQL's message for every connection without TLS that pg_hba.conf rejects, whatever the reason. */
const WITHOUT_TLS = /no encryption|SSL off/

/** Returns whether the server may have rejected the connection because it was not encrypted. */
export function isPlainRefusal(error: pg.DatabaseError): boolean {
  return (
    (error.code === '28000' && WITHOUT_TLS.test(error.message)) ||
    ((error.code === '28000' || error.code === '08P01') && DEMANDS_TLS.test(error.message))
  )
}

/**
 * Classifies the rejection of a connection that the operator wanted without TLS. `hasTls` is `false`
 * where the server is known to have no TLS: then that is not the reason.
 */
export function plainRefusal(
  error: pg.DatabaseError,
  target: ErrorTarget,
  hasTls: boolean | undefined,
): Classified | null {
  if (!isPlainRefusal(error)) return null
  if (!DEMANDS_TLS.test(error.message) && (target.sslmode !== 'disable' || hasTls === false)) return null
  return {
    code: 'TLS_FAILED',
    message: `The server at ${describeServer(target)} does not admit role "${target.user}" to database "${target.database}" without TLS (sslmode ${target.sslmode}).`,
    hint: toRun(
      'Use --sslmode require, or verify-full with --sslrootcert. If that is refused too, ask an administrator to add this line to pg_hba.conf and reload the server:',
      hbaLine(target, seenAddress(error.message)),
    ),
    field: 'sslmode',
    reason: 'tls required',
  }
}

/** Returns the error for a server that asks for a password where none was given. */
export function passwordMissing(target: ErrorTarget): OperatorError {
  return usageError(
    `The server at ${describeServer(target)} asks for the password of role "${target.user}", and none was given.`,
    'Pass it with --password-stdin or --password-file, in PGPASSWORD, or in the password file.',
    'password',
  )
}

/** Classifies a rejected login: SQLSTATE class 28, and the answers of poolers in its place. */
export function authenticationError(
  error: pg.DatabaseError,
  target: ErrorTarget,
  passwordSource?: PasswordSource | null,
): Classified | null {
  const { message } = error
  if (error.code === '28P01') return wrongPassword(target, passwordSource)
  if (
    error.code === '08P01' &&
    /password authentication failed|SASL authentication failed|^auth failed/i.test(message)
  ) {
    return wrongPassword(target, passwordSource)
  }
  if (error.code === '08P01' && /^no such user/i.test(message)) return noSuchRole(target)
  if (/tenant\W*(or\W*)?user.* not found/i.test(message)) {
    return {
      code: 'AUTHENTICATION_FAILED',
      message: `The pooler at ${describeServer(target)} has no role "${target.user}".`,
      hint: "Use the role as it is in the provider's connection string for the pooler; often a dot and the name of the project follow it.",
      field: 'user',
    }
  }
  if (error.code !== '28000') return null
  if (error.routine === 'InitializeSessionUserId' || /role .* does not exist/.test(message)) {
    return /not permitted to log in/.test(message) ? mayNotLogIn(target) : noSuchRole(target)
  }
  if (/client certificate/.test(message)) return certificateMissing(target)
  if (error.routine === 'ClientAuthentication' || /pg_hba\.conf/.test(message))
    return notInHba(message, target)
  if (isSocket(target) && /peer/i.test(message)) return peerFailed(target)
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `The server at ${describeServer(target)} did not let role "${target.user}" log in to database "${target.database}": ${message}.`,
    hint: toRun(
      'Find the line of pg_hba.conf that applies to this connection; one that would admit the role with a password is:',
      hbaLine(target),
    ),
    field: 'user',
  }
}

function wrongPassword(target: ErrorTarget, source: PasswordSource | null | undefined): Classified {
  const origin = source ? `The password came from ${describePasswordSource(source)}. ` : ''
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `The server at ${describeServer(target)} refused the password of role "${target.user}" for database "${target.database}".`,
    hint: joinHints(
      `${origin}Check the role and its password. PostgreSQL reports the same error if the role does not exist, has no password, or its password has expired.`,
      source?.kind === 'stored' && source.name !== undefined
        ? toRun(
            'To store another password, run:',
            `mathesarctl db edit ${shellQuoted(source.name)} --password-stdin < FILE`,
          )
        : '',
    ),
    field: 'password',
    ...(source ? { data: { passwordSource: source.kind } } : {}),
  }
}

function noSuchRole(target: ErrorTarget): Classified {
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `The server at ${describeServer(target)} has no role "${target.user}".`,
    hint: toRun(
      'Check the name of the role (upper and lower case count), or ask an administrator to run:',
      `CREATE ROLE ${quoteIdentifier(target.user)} LOGIN PASSWORD 'PASSWORD';`,
    ),
    field: 'user',
  }
}

function mayNotLogIn(target: ErrorTarget): Classified {
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `Role "${target.user}" may not log in to the server at ${describeServer(target)}.`,
    hint: toRun(
      'Use another role, or ask an administrator to run:',
      `ALTER ROLE ${quoteIdentifier(target.user)} LOGIN;`,
    ),
    field: 'user',
  }
}

function certificateMissing(target: ErrorTarget): Classified {
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `The server at ${describeServer(target)} requires a client certificate that it trusts for role "${target.user}", and received none.`,
    hint: 'Pass the paths of certificate and private key as sslcert and sslkey in --dsn, or in PGSSLCERT and PGSSLKEY.',
    field: 'dsn',
    reason: 'client certificate',
  }
}

function notInHba(message: string, target: ErrorTarget): Classified {
  const seen = seenAddress(message)
  const from = seen === null ? '' : ` from address ${seen}`
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `The server at ${describeServer(target)} does not admit role "${target.user}" to database "${target.database}"${from}: its pg_hba.conf has no line that does, or one that rejects.`,
    hint: toRun(
      'Ask an administrator to add this line to pg_hba.conf and reload the server:',
      hbaLine(target, seen),
    ),
    field: 'host',
    reason: 'pg_hba',
    data: { address: seen },
  }
}

function peerFailed(target: ErrorTarget): Classified {
  return {
    code: 'AUTHENTICATION_FAILED',
    message: `The server at ${describeServer(target)} uses peer authentication: it admits role "${target.user}" only for the operating system's user of that name.`,
    hint: toRun(
      'Run the command as that user, connect over TCP with --host localhost, or ask an administrator to put this line before the peer lines of pg_hba.conf and reload the server:',
      hbaLine(target),
    ),
    field: 'host',
    reason: 'peer',
  }
}

/**
 * Returns the address that the server saw, which behind a proxy or NAT is not this machine's; it quotes it
 * first.
 */
function seenAddress(message: string): string | null {
  const quoted = /"([^"]+)"/.exec(message)?.[1]
  return quoted !== undefined && isIP(quoted) !== 0 ? quoted : null
}

/** Returns a line of pg_hba.conf that would admit the role with its password. */
function hbaLine(target: ErrorTarget, seen: string | null = null): string {
  const who = `${quoteIdentifier(target.database)} ${quoteIdentifier(target.user)}`
  if (isSocket(target)) return `local ${who} scram-sha-256`
  const range = seen === null ? '<address>/32' : `${seen}/${isIP(seen) === 6 ? 128 : 32}`
  return `host ${who} ${range} scram-sha-256`
}

/**
 * Returns the error for a failure of SCRAM or of the choice of method that the client detects; `null` for any
 * other.
 */
export function clientSideLoginError(error: Error, target: ErrorTarget): OperatorError | null {
  const loginError = (message: string, hint: string) =>
    new OperatorError('AUTHENTICATION_FAILED', message, hint, { cause: error })
  const server = describeServer(target)
  if (/^Unknown authenticationOk message type/.test(error.message)) {
    return loginError(
      `The server at ${server} asks role "${target.user}" for an authentication method such as GSSAPI, which is not supported.`,
      toRun(
        'Ask an administrator to put this line first into pg_hba.conf and reload the server:',
        hbaLine(target),
      ),
    )
  }
  if (!(error instanceof ScramError)) return null
  if (error.fault === 'impostor') {
    return loginError(
      `The server at ${server} could not prove that it knows the password of role "${target.user}".`,
      'Another program may impersonate the server. Check the host, and use --sslmode verify-full.',
    )
  }
  return loginError(
    `The SCRAM authentication of role "${target.user}" at ${server} failed (${error.message}).`,
    'Check that server, or the pooler before it, offers SCRAM-SHA-256 as PostgreSQL does.',
  )
}
