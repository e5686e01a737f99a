import * as zod from 'zod'
import { OperatorError, usageError } from '../../errors.ts'
import { isLoopback } from '../../http/loopback.ts'
import { parsedJson, quotable } from '../../http/quote.ts'
import { type RetryOptions, withRetries } from '../../http/retry.ts'
import { type HttpOptions, type HttpRequest, send } from '../../http/send.ts'
import type { Challenge } from './challenge.ts'
import { basicToken, type Credentials } from './credentials.ts'
import { tokenRefusal } from './errors.ts'
import { DOCKER_HUB, type Repository } from './reference.ts'

export interface Token {
  readonly token: string
  /** Milliseconds since 1970. */
  readonly expiresAt: number
}

export interface TokenOptions extends HttpOptions, Pick<RetryOptions, 'pause' | 'shouldReconnect'> {
  readonly env: NodeJS.ProcessEnv
}

/** Names a token server that receives the credentials although it is on another host than the registry. */
const TOKEN_SERVER = 'MATHESARCTL_REGISTRY_TOKEN_SERVER'

/** How long a token is valid whose server does not say it, in seconds. */
const USUAL_LIFETIME = 60

const ANSWER = zod.object({
  token: zod.string().optional(),
  access_token: zod.string().optional(),
  expires_in: zod.number().positive().optional().catch(undefined),
})

/**
 * Requests a token that may push, from the server that the registry's challenge names. It follows the token
 * authentication of CNCF Distribution, and OAuth 2 for identity tokens. A token for less than was asked for
 * is no error here: the registry decides.
 *
 * Errors: `USAGE` if the server may not receive the credentials; `AUTHENTICATION_FAILED` if it refuses them;
 * `UNSUPPORTED_SERVER` for a challenge or an answer without what a client needs; those of `send`.
 *
 * @param credentials `null`: without any, which some registries accept for what is public
 */
export async function requestToken(
  repository: Repository,
  challenge: Challenge,
  credentials: Exclude<Credentials, { kind: 'bearer' }> | null,
  options: TokenOptions,
): Promise<Token> {
  const realm = realmOf(repository, challenge)
  checkTokenServer(realm, repository, credentials, options.env)
  const request = tokenRequest(realm, repository, challenge, credentials)
  const received = Date.now()
  const response = await withRetries(() => send(request, options), options)
  if (response.status !== 200) throw tokenRefusal(repository, realm.host, credentials, response)
  const answer = ANSWER.safeParse(parsedJson(response.body.toString('utf8'))).data
  const token = answer?.token || answer?.access_token
  if (!token || !/^[\x21-\x7e]+$/.test(token)) {
    throw new OperatorError(
      'UNSUPPORTED_SERVER',
      `${realm.host}, the token server of ${repository.registry}, returned no token.`,
      'Check the registry in --push, and the settings of its token server.',
    )
  }
  return { token, expiresAt: received + (answer?.expires_in ?? USUAL_LIFETIME) * 1000 }
}

function realmOf(repository: Repository, { parameters: { realm = '' } }: Challenge): URL {
  const isAddress = URL.canParse(realm) && /^https?:$/.test(new URL(realm).protocol)
  if (isAddress) return new URL(realm)
  throw new OperatorError(
    'UNSUPPORTED_SERVER',
    `${repository.registry} wants a token, and does not name the server that issues it.`,
    'Check the registry in --push, and its setting for the address of the token server.',
  )
}

/**
 * A registry can name any token server, and whoever controls the registry or the way to it would receive
 * the password there. So it goes to the registry's own host, to the domain that this host is in, and to the
 * server that the operator named.
 */
function checkTokenServer(
  realm: URL,
  { registry, host }: Repository,
  credentials: Credentials | null,
  env: NodeJS.ProcessEnv,
): void {
  const name = quotable(realm.host, [])
  if (realm.protocol === 'http:' && !isLoopback(realm.hostname)) {
    throw new OperatorError(
      'TLS_FAILED',
      `${registry} names a token server that speaks plain HTTP, ${name}.`,
      'A token would travel without encryption. Configure the registry with an address of https://.',
    )
  }
  if (credentials === null || isOfRegistry(realm.hostname, registry, host)) return
  const named = [env[TOKEN_SERVER], credentials.source === 'CI_REGISTRY_PASSWORD' ? env.CI_SERVER_HOST : '']
  if (named.some((server) => server && (server === realm.host || server === realm.hostname))) return
  throw usageError(
    `${registry} wants a token from ${name}, and the credentials are for ${registry} alone.`,
    `If that server belongs to the registry, set ${TOKEN_SERVER}=${name} in the environment.`,
    'push',
  )
}

/** Returns whether a token server is on the host of a registry, or on that of a domain around it. */
function isOfRegistry(tokenServer: string, registry: string, host: string): boolean {
  if (registry === DOCKER_HUB) return tokenServer === 'auth.docker.io'
  const { hostname } = new URL(`https://${host}`)
  return tokenServer === hostname || (tokenServer.includes('.') && hostname.endsWith(`.${tokenServer}`))
}

function tokenRequest(
  realm: URL,
  repository: Repository,
  { parameters: { service, scope } }: Challenge,
  credentials: Exclude<Credentials, { kind: 'bearer' }> | null,
): HttpRequest {
  const values = { ...(service !== undefined && { service }), scope: scopeFor(repository, scope) }
  if (credentials?.kind === 'identity') {
    const form = { grant_type: 'refresh_token', client_id: 'mathesarctl', refresh_token: credentials.token }
    return {
      method: 'POST',
      url: realm,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: { kind: 'bytes', bytes: Buffer.from(queryOf({ ...form, ...values })) },
    }
  }
  const url = new URL(realm)
  const query = queryOf({ ...values, ...(credentials && { account: credentials.user }) })
  url.search = url.search === '' ? query : `${url.search}&${query}`
  return {
    method: 'GET',
    url,
    ...(credentials && { headers: { Authorization: `Basic ${basicToken(credentials)}` } }),
  }
}

/**
 * Returns the scopes to ask for: to push, and whatever else the challenge names. Its first challenge may be
 * for reading alone, and one token for all saves a round trip.
 */
function scopeFor({ name }: Repository, challenged: string | undefined): string {
  const own = `repository:${name}:pull,push`
  const others = (challenged ?? '').split(' ').filter((scope) => scope !== '')
  const isCovered = (scope: string) => /^(?:pull|push|pull,push|push,pull)$/.test(actionsOn(name, scope))
  return [own, ...others.filter((scope) => !isCovered(scope))].join(' ')
}

/** Returns the actions that a scope has on a repository; an empty text for a scope of anything else. */
function actionsOn(name: string, scope: string): string {
  const start = `repository:${name}:`
  return scope.startsWith(start) ? scope.slice(start.length) : ''
}

function queryOf(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&')
}
