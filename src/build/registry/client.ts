import { OperatorError } from '../../errors.ts'
import { isLoopback } from '../../http/loopback.ts'
import { type RetryOptions, withRetries } from '../../http/retry.ts'
import { type HttpBody, type HttpRequest, type HttpResponse, send } from '../../http/send.ts'
import { type Challenge, parseChallenges } from './challenge.ts'
import { basicToken, type Credentials, secretsOf } from './credentials.ts'
import { type PushFacts, protocolError } from './errors.ts'
import { ADDRESS_HINT } from './hints.ts'
import { registryOrigin } from './origin.ts'
import type { Repository } from './reference.ts'
import { requestToken } from './token.ts'

export interface ClientOptions {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal | undefined
  /** Milliseconds before the second attempt of a request; each further one waits twice as long. */
  readonly pause?: number
  /** Milliseconds without progress until a request fails. */
  readonly patience?: number
  /** Whether a request whose connection fails is sent again; by default it is. */
  readonly shouldReconnect?: boolean
}

export interface RegistryRequest {
  readonly method: HttpRequest['method']
  readonly url: URL
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpBody
  /**
   * Whether the request is sent again after a failure that may have left a part of it on the server; by
   * default it is.
   */
  readonly isRepeatable?: boolean
}

export interface RegistryResponse extends HttpResponse {
  /** The address that responded, after all redirects. */
  readonly url: URL
}

/** One repository of a registry, and what opens it. */
export interface RegistryClient extends PushFacts {
  /** Returns the address of something in the repository, such as `blobs/uploads/`. */
  address(path: string): URL
  /** Returns the address in a field of a response, such as Location. Errors: `UNSUPPORTED_SERVER`. */
  addressIn(response: RegistryResponse, text: string | undefined): URL
  /**
   * Sends a request and returns the response, whatever its status. It authenticates where the registry asks
   * for it, follows redirects, and waits and retries where the registry fails for a while.
   *
   * Errors: `AUTHENTICATION_FAILED`, `CONNECTION_FAILED`, `TLS_FAILED`, `UNSUPPORTED_SERVER`, and `USAGE` for
   * a token server on another host.
   */
  send(request: RegistryRequest): Promise<RegistryResponse>
}

const MOST_REDIRECTS = 5

/** A token is renewed so long before it expires, in milliseconds. */
const EXPIRY_MARGIN = 5000

/** What a request is authorized with; without `expiresAt` it does not expire. */
interface Authorization {
  readonly header: string
  readonly expiresAt?: number
}

/** Connects to the registry of a repository. Errors: those of `RegistryClient.send`. */
export async function connect(
  repository: Repository,
  credentials: Credentials | null,
  options: ClientOptions,
): Promise<RegistryClient> {
  const httpOptions = { ...options, addressHint: ADDRESS_HINT }
  const origin = await registryOrigin(repository, httpOptions)
  const secrets = secretsOf(credentials)
  let challenge: Challenge | null = null
  let authorization: Authorization | null =
    credentials?.kind === 'bearer' ? { header: `Bearer ${credentials.token}` } : null

  /** Answers a challenge; returns whether there is something new to send. */
  const authenticate = async (): Promise<boolean> => {
    if (challenge === null || credentials?.kind === 'bearer') return false
    if (challenge.scheme === 'basic') {
      if (credentials?.kind !== 'password') return false
      authorization = { header: `Basic ${basicToken(credentials)}` }
      return true
    }
    const { token, expiresAt } = await requestToken(repository, challenge, credentials, httpOptions)
    secrets.push(token)
    authorization = { header: `Bearer ${token}`, expiresAt }
    return true
  }

  const sendAuthorized = async (request: RegistryRequest): Promise<HttpResponse> => {
    const { method, url, headers, body, isRepeatable = true } = request
    // The credentials are for the registry: a redirect or an upload elsewhere goes without them.
    const isOwn = url.origin === origin
    if (isOwn && authorization?.expiresAt && authorization.expiresAt - EXPIRY_MARGIN < Date.now())
      await authenticate()
    const trySend = () => {
      const authorized = isOwn && authorization ? { Authorization: authorization.header } : {}
      return send({ method, url, headers: { ...headers, ...authorized }, ...(body && { body }) }, httpOptions)
    }
    const retryOptions: RetryOptions = {
      ...options,
      // Only this refusal says that the server did nothing.
      ...(!isRepeatable && { shouldRetry: ({ status }) => status === 429, shouldReconnect: false }),
    }
    const response = await withRetries(trySend, retryOptions)
    if (response.status !== 401 || !isOwn) return response
    challenge = supportedChallenge(response) ?? challenge
    return (await authenticate()) ? await withRetries(trySend, retryOptions) : response
  }

  const client: RegistryClient = {
    repository,
    credentials,
    secrets,
    address: (path) => new URL(`${origin}/v2/${repository.name}/${path}`),
    addressIn(response, text) {
      if (!text || !URL.canParse(text, response.url.href)) {
        throw protocolError(response.url.host, 'returned no address where one belongs')
      }
      return checkedAddress(new URL(text, response.url), response.url, repository)
    },
    async send(request) {
      let { url } = request
      for (let redirects = 0; ; redirects++) {
        const response = { ...(await sendAuthorized({ ...request, url })), url }
        if (!isFollowed(request.method, response)) return response
        if (redirects === MOST_REDIRECTS) throw protocolError(url.host, 'redirects without an end')
        url = client.addressIn(response, response.headers.location)
      }
    },
  }
  return client
}

/** Returns the challenge that this program can answer; `null` if there is none. */
function supportedChallenge({ headers }: HttpResponse): Challenge | null {
  const challenges = parseChallenges(headers['www-authenticate'] ?? '')
  const find = (wanted: string) => challenges.find(({ scheme }) => scheme === wanted)
  return find('bearer') ?? find('basic') ?? null
}

/** Other redirects than 307 and 308 would turn an upload into a GET (RFC 9110, 15.4). */
function isFollowed(method: HttpRequest['method'], { status, headers }: HttpResponse): boolean {
  if (headers.location === undefined) return false
  if (status === 307 || status === 308) return true
  return (method === 'GET' || method === 'HEAD') && (status === 301 || status === 302 || status === 303)
}

/** Errors: `TLS_FAILED` for an address that would leave this machine without encryption. */
function checkedAddress(url: URL, from: URL, { isLocal }: Repository): URL {
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal && isLoopback(url.hostname))) {
    // They would be sent as credentials.
    url.username = ''
    url.password = ''
    return url
  }
  throw new OperatorError(
    'TLS_FAILED',
    `${from.host} leads from https:// to ${url.protocol}//${url.host}.`,
    'Configure the registry with its public address, or its proxy with the header X-Forwarded-Proto.',
  )
}
