import type { Command } from 'commander'
import type { AdminLogin } from '../../databases/admin-login.ts'
import { usageError } from '../../errors.ts'
import { homeDirectory } from '../../files/home-directory.ts'
import type { ConnectionTarget } from '../../store/types.ts'
import type { Invocation } from '../invocation.ts'

/** The flags of an administrator's login, as commander returns them. */
export interface AdminFlags {
  adminUser?: string
  adminPasswordFile?: string
}

export function addAdminFlags(command: Command): Command {
  return command
    .option(
      '--admin-user <role>',
      'owner of the schemas or superuser to log in as where the stored role is refused; never stored',
    )
    .option(
      '--admin-password-file <path>',
      "file with that role's password (default: libpq's password file, else ask at a terminal)",
    )
}

/** The paragraph about these flags in the help of a command. */
export const ADMIN_EXPLANATION =
  'With --admin-user, the command logs in to a user database as that role where the stored role cannot log in ' +
  'or may not change the schemas; elsewhere it uses the stored role. Host, port, database and TLS are those of the record. The schemas keep ' +
  'their owner; new ones belong to the stored role. The login is never stored.'

/** Refuses a password without a role. Errors: `USAGE`. */
export function checkAdminFlags({ adminUser, adminPasswordFile }: AdminFlags): void {
  if (adminPasswordFile === undefined || adminUser !== undefined) return
  throw usageError(
    '--admin-password-file has no effect without --admin-user.',
    'Add --admin-user, or leave it out.',
    'admin-user',
  )
}

/**
 * Returns the login that the flags name; undefined if they name none. Errors: `USAGE`.
 *
 * @param beforeAsking ends the animation of the progress before the question
 */
export async function adminLogin(
  { adminUser: user, adminPasswordFile: path }: AdminFlags,
  { env, prompts, terminal }: Pick<Invocation, 'env' | 'prompts' | 'terminal'>,
  beforeAsking: () => void,
): Promise<AdminLogin | undefined> {
  if (user === undefined) return undefined
  const [{ lookUpPassword }, { readPasswordFile, warnOfReadable }] = await Promise.all([
    import('../../databases/interface/connection-settings.ts'),
    import('./password.ts'),
  ])
  if (path !== undefined) {
    warnOfReadable(path, terminal)
    const password = readPasswordFile(path, 'admin-password-file')
    return { user, passwordFor: () => ({ password, source: { kind: 'file', path } }) }
  }
  let answer: Promise<string> | null = null
  const passwordFor = (target: ConnectionTarget) => {
    const { password, source, warnings } = lookUpPassword(target, env, homeDirectory(env))
    for (const warning of warnings) terminal.warn(warning)
    return { password, source }
  }
  if (prompts === null) return { user, passwordFor }
  const ask = (reason?: string) => {
    if (answer === null) {
      beforeAsking()
      if (reason !== undefined) terminal.explain(`The stored role can't do it: ${reason}`)
      terminal.explain(`Role "${user}" acts in its place; its password is used for this run alone.`)
    }
    answer ??= prompts.password(`Password for role "${user}"`)
    return answer
  }
  return { user, passwordFor, ask }
}
