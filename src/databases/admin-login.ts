import { OperatorError } from '../errors.ts'
import { joinHints } from '../hint.ts'
import type { ConnectionSettings, PasswordSource } from '../postgres/types.ts'
import type { ConnectionTarget } from '../store/types.ts'
import type { RunOptions } from './events.ts'

/**
 * The login of an administrator or of the owner of the schemas, who works on a stored database once where
 * the stored role is refused. It is never stored.
 */
export interface AdminLogin {
  user: string
  /** Returns the password for a connection, and where it came from; null: none is known. */
  passwordFor: (target: ConnectionTarget) => { password: string | null; source: PasswordSource | null }
  /**
   * Asks for the password, once however often it is called, and states the reason; missing if nothing may be
   * asked.
   */
  ask?: (reason?: string) => Promise<string>
}

/**
 * Runs an attempt to connect as an administrator; asks for the password where the server wants one and none
 * is known. Errors: those of the attempt.
 *
 * @param settings those of the stored database
 */
export async function withAdminLogin<T>(
  settings: ConnectionSettings,
  { user, passwordFor, ask }: AdminLogin,
  attempt: (settings: ConnectionSettings, passwordSource: PasswordSource | null) => Promise<T>,
): Promise<T> {
  const { password, source } = passwordFor({ ...settings, user })
  const login = { ...settings, user, password }
  try {
    return await attempt(login, source)
  } catch (error) {
    if (!isPasswordMissing(error)) throw error
    if (ask === undefined) throw withoutPassword(error)
    return attempt({ ...login, password: await ask() }, { kind: 'prompt' })
  }
}

/**
 * Runs an attempt as the stored role, and where that role is refused, once more with an administrator's
 * login. Errors: those of the attempts; where both are refused, that of the administrator, whose hint also
 * states why the stored role was refused.
 *
 * @param admin undefined: there is only the stored role
 * @param isRefused returns whether the login of an administrator may do what an error refused
 * @param mayRetry returns whether an attempt that failed may be repeated; missing: it always may
 */
export async function withLentLogin<T>(
  admin: AdminLogin | undefined,
  { onProgress, signal }: RunOptions,
  attempt: (admin: AdminLogin | undefined) => Promise<T>,
  {
    isRefused = isRefusedLogin,
    mayRetry = () => true,
  }: { isRefused?: (error: unknown) => error is OperatorError; mayRetry?: () => boolean } = {},
): Promise<T> {
  let refusal: OperatorError
  try {
    return await attempt(undefined)
  } catch (error) {
    if (admin === undefined || !isRefused(error) || !mayRetry() || signal?.aborted) throw error
    refusal = error
  }
  const message = `role "${admin.user}" acts in place of the stored role: ${refusal.message}`
  onProgress?.({ type: 'detail', message })
  return attempt(lentFor(admin, refusal)).catch((error: unknown) => {
    if (!(error instanceof OperatorError) || !(isRefusedLogin(error) || isAdminPasswordMissing(error)))
      throw error
    // The key is the cause, and setting the right one is all that is needed.
    if (refusal.code === 'SECRET_KEY_MISMATCH') {
      const also = `Role "${admin.user}" can't act in place of the stored role: ${error.message}`
      throw refusal.with({ hint: joinHints(refusal.hint, also) })
    }
    throw error.with({
      hint: joinHints(error.hint, `The stored role was refused as well: ${refusal.message}`),
    })
  })
}

/**
 * Returns whether the server answered and does not let this role in or do what is needed, or its stored
 * password is missing or damaged.
 */
export function isRefusedLogin(error: unknown): error is OperatorError {
  if (!(error instanceof OperatorError)) return false
  const refusals = ['AUTHENTICATION_FAILED', 'INSUFFICIENT_PRIVILEGE', 'SECRET_KEY_MISMATCH']
  return refusals.includes(error.code) || isPasswordMissing(error)
}

/** Returns the login with a question for the password that states why the stored role does not do. */
function lentFor({ ask, ...admin }: AdminLogin, refusal: OperatorError): AdminLogin {
  return ask === undefined ? admin : { ...admin, ask: () => ask(refusal.message) }
}

/** Adds to the error for schemas of another role that a login of the owner or a superuser would do. */
export function withAdminOffer(error: OperatorError, admin: AdminLogin | undefined): OperatorError {
  const isOwnership = error.code === 'INSUFFICIENT_PRIVILEGE' && error.details.data?.owner !== undefined
  if (!isOwnership) return error
  const offer =
    admin === undefined
      ? 'Or add --admin-user with the owner or a superuser: that login is used once, and never stored.'
      : 'To lend the login of the owner or of a superuser, name that role with --admin-user.'
  return error.with({ hint: joinHints(error.hint, offer) })
}

function isPasswordMissing(error: unknown): error is OperatorError {
  return error instanceof OperatorError && error.code === 'USAGE' && error.details.field === 'password'
}

function isAdminPasswordMissing(error: OperatorError): boolean {
  return error.code === 'USAGE' && error.details.field === ADMIN_PASSWORD
}

const ADMIN_PASSWORD = 'admin-password-file'

function withoutPassword(error: OperatorError): OperatorError {
  return error.with({
    hint: 'Pass it with --admin-password-file, or in the password file.',
    field: ADMIN_PASSWORD,
  })
}
