import { usageError } from '../../errors.ts'
import { fileReason } from '../../files/file-reason.ts'
import { readLimitedFile } from '../../files/read-limited.ts'
import type { Credentials } from './credentials.ts'
import { configuredCredentials } from './docker-config.ts'
import type { Repository } from './reference.ts'

const USER = 'MATHESARCTL_REGISTRY_USER'
const PASSWORD = 'MATHESARCTL_REGISTRY_PASSWORD'
const PASSWORD_FILE = 'MATHESARCTL_REGISTRY_PASSWORD_FILE'

/**
 * Finds the credentials for a registry: in the environment, in the variables of GitLab's CI if they are
 * those of this registry, and in the config files of Docker and Podman, which may name a helper program.
 * `null` if there are none.
 *
 * Errors: `USAGE` for incomplete variables and for files that can't be read or parsed; `INTERNAL` if a helper
 * fails.
 */
export async function findCredentials(
  repository: Repository,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Credentials | null> {
  return (
    ownVariables(env) ??
    gitlabVariables(repository, env) ??
    (await configuredCredentials(repository, env, signal))
  )
}

function ownVariables(env: NodeJS.ProcessEnv): Credentials | null {
  const user = env[USER]
  if (env[PASSWORD] && env[PASSWORD_FILE]) {
    throw usageError(`${PASSWORD} and ${PASSWORD_FILE} are both set.`, 'Unset one of them.', 'push')
  }
  const password = env[PASSWORD_FILE] ? passwordFrom(env[PASSWORD_FILE]) : env[PASSWORD]
  if (!user && !password) return null
  if (!user || !password) {
    throw usageError(
      `${user ? PASSWORD : USER} is not set, and ${user ? USER : PASSWORD} alone opens no registry.`,
      `Set both, or none of them to use Docker's config file.`,
      'push',
    )
  }
  if (user.includes(':')) {
    throw usageError(
      `${USER} contains a colon, which no user name of a registry has.`,
      `Set it to the user name alone, and the password in ${PASSWORD}.`,
      'push',
    )
  }
  return { kind: 'password', user, password, source: env[PASSWORD_FILE] ? PASSWORD_FILE : PASSWORD }
}

/** Reads the first line of a file. */
function passwordFrom(path: string): string {
  try {
    return readLimitedFile(path).toString('utf8').split(/\r?\n/, 1)[0] ?? ''
  } catch (error) {
    throw usageError(
      `The password for the registry can't be read from ${path}: ${fileReason(error)}.`,
      `Name a file with the password in its first line in ${PASSWORD_FILE}.`,
      'push',
    )
  }
}

/** GitLab's CI sets them for the registry of its own server; no other registry receives them. */
function gitlabVariables({ registry }: Repository, env: NodeJS.ProcessEnv): Credentials | null {
  const { CI_REGISTRY, CI_REGISTRY_USER: user, CI_REGISTRY_PASSWORD: password } = env
  if (CI_REGISTRY !== registry || !user || !password) return null
  return { kind: 'password', user, password, source: 'CI_REGISTRY_PASSWORD' }
}
