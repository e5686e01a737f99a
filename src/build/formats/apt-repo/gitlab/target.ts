import { usageError } from '../../../../errors.ts'
import { isLoopback } from '../../../../http/loopback.ts'

/** A GitLab project's Debian registry, and the token that opens it. */
export interface GitlabTarget {
  /** Such as `https://gitlab.example.org/api/v4`. */
  readonly api: string
  /** A number, or a path such as `group/project`. */
  readonly project: string
  readonly header: 'PRIVATE-TOKEN' | 'JOB-TOKEN'
  readonly token: string
}

/**
 * Reads from the environment where to push to. GITLAB_URL, GITLAB_PROJECT and GITLAB_TOKEN outrank what
 * GitLab's CI sets.
 *
 * Errors: `USAGE` that names what is missing or wrong.
 */
export function gitlabTarget(env: NodeJS.ProcessEnv): GitlabTarget {
  // Operators easily confuse the address of the API with that of the server.
  const api = env.GITLAB_URL
    ? `${env.GITLAB_URL.replace(/\/+$/, '').replace(/\/api\/v4$/, '')}/api/v4`
    : env.CI_API_V4_URL
  // GitLab's own examples encode the slash; the path of a project has no percent sign.
  const project = (env.GITLAB_PROJECT || env.CI_PROJECT_ID)?.replaceAll(/%2f/gi, '/')
  const token = env.GITLAB_TOKEN || env.CI_JOB_TOKEN
  if (!api || !project || !token) {
    const missing = Object.entries({ GITLAB_URL: api, GITLAB_PROJECT: project, GITLAB_TOKEN: token })
    const names = missing.filter(([, value]) => !value).map(([name]) => name)
    throw pushError(
      `To push to GitLab, set ${names.join(', ')} in the environment.`,
      "GITLAB_URL is the server, such as https://gitlab.com, GITLAB_PROJECT the project's number or " +
        "path, GITLAB_TOKEN a token with the scope api. GitLab's CI sets all three.",
    )
  }
  checkAddress(api, env.GITLAB_URL ? 'GITLAB_URL' : 'CI_API_V4_URL')
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw pushError(
      `${env.GITLAB_TOKEN ? 'GITLAB_TOKEN' : 'CI_JOB_TOKEN'} has characters that no token has, such as ` +
        'a line break.',
      'Set it to the token alone.',
    )
  }
  return { api, project, header: env.GITLAB_TOKEN ? 'PRIVATE-TOKEN' : 'JOB-TOKEN', token }
}

/** Returns whether the token would leave this machine without encryption. */
export function isTokenExposed({ api }: Pick<GitlabTarget, 'api'>): boolean {
  const { protocol, hostname } = new URL(api)
  return protocol === 'http:' && !isLoopback(hostname)
}

function checkAddress(api: string, variable: string): void {
  const address = URL.canParse(api) ? new URL(api) : null
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw pushError(
      `${variable} is not the address of a server.`,
      'Set it to an address such as https://gitlab.example.org.',
    )
  }
  // Messages show the address.
  if (address.username || address.password || address.search || address.hash) {
    throw pushError(
      `${variable} has a user name or password, ? or # in it.`,
      'Set it to the address alone, such as https://gitlab.example.org; the token has a variable of ' +
        'its own, GITLAB_TOKEN.',
    )
  }
}

function pushError(message: string, hint: string) {
  return usageError(message, hint, 'push')
}
