import { createReadStream } from 'node:fs'
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { basename } from 'node:path'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import * as zod from 'zod'
import { type ErrorCode, OperatorError, usageError } from '../../../errors.ts'
import { COMPONENT, SUITE } from './layout.ts'
import { type PackageEntry, readPackage } from './package-entry.ts'

/** A GitLab project’s Debian registry, and what opens it. */
export interface GitlabTarget {
  /** Such as `https://gitlab.example.org/api/v4`. */
  readonly api: string
  /** A number, or a path such as `group/project`. */
  readonly project: string
  readonly header: 'PRIVATE-TOKEN' | 'JOB-TOKEN'
  readonly token: string
}

export interface PushOptions {
  readonly signal: AbortSignal | undefined
  progress(step: string): void
  /** Milliseconds before the second attempt; each further one waits twice as long. */
  readonly pause?: number
  /** Milliseconds without a sign of life from the server. */
  readonly patience?: number
}

const ATTEMPTS = 4

/**
 * Reads from the environment where to push to. GITLAB_URL, GITLAB_PROJECT and GITLAB_TOKEN outrank what GitLab’s CI sets.
 * Errors: `USAGE` that names what is missing.
 */
export function gitlabTarget(env: NodeJS.ProcessEnv): GitlabTarget {
  // The address of its API is easily taken for that of the server.
  const api = env.GITLAB_URL
    ? `${env.GITLAB_URL.replace(/\/+$/, '').replace(/\/api\/v4$/, '')}/api/v4`
    : env.CI_API_V4_URL
  // As GitLab's own examples have it; no path of a project has a percent sign.
  const project = (env.GITLAB_PROJECT || env.CI_PROJECT_ID)?.replaceAll(/%2f/gi, '/')
  const token = env.GITLAB_TOKEN || env.CI_JOB_TOKEN
  const missing = [
    ...(api ? [] : ['GITLAB_URL']),
    ...(project ? [] : ['GITLAB_PROJECT']),
    ...(token ? [] : ['GITLAB_TOKEN']),
  ]
  if (!api || !project || !token) {
    throw usageError(
      `To push to GitLab, ${missing.join(', ')} must be set in the environment.`,
      'GITLAB_URL is the server, such as https://gitlab.com, GITLAB_PROJECT the project’s number or path, GITLAB_TOKEN a token with the scope api. In GitLab’s CI all three are known.',
      'push',
    )
  }
  const variable = env.GITLAB_URL ? 'GITLAB_URL' : 'CI_API_V4_URL'
  const address = URL.canParse(api) ? new URL(api) : null
  if (!address || !/^https?:$/.test(address.protocol)) {
    throw usageError(
      `${variable} is no address of a server.`,
      'It looks like https://gitlab.example.org.',
      'push',
    )
  }
  // It is told in messages.
  if (address.username || address.password || address.search || address.hash) {
    throw usageError(
      `${variable} has a user name or password, ? or # in it.`,
      'Give the address alone, such as https://gitlab.example.org; the token has a variable of its own, GITLAB_TOKEN.',
      'push',
    )
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw usageError(
      `${env.GITLAB_TOKEN ? 'GITLAB_TOKEN' : 'CI_JOB_TOKEN'} has characters that are in no token, such as a line break.`,
      'Set it to the token alone.',
      'push',
    )
  }
  return { api, project, header: env.GITLAB_TOKEN ? 'PRIVATE-TOKEN' : 'JOB-TOKEN', token }
}

/**
 * Uploads packages. One that is there with the same contents is well, so that a push that failed halfway is repeated.
 *
 * Errors, each with a sentence of its own: `AUTHENTICATION_FAILED`, `INSUFFICIENT_PRIVILEGE`, `NOT_FOUND`, `NAME_TAKEN` (the
 * version is there with other contents), `CONNECTION_FAILED`, `TLS_FAILED`, and `INTERNAL` for what GitLab says beside these.
 */
export async function pushToGitlab(
  target: GitlabTarget,
  debs: readonly string[],
  options: PushOptions,
): Promise<void> {
  for (const path of debs) {
    options.progress(`Uploading ${basename(path)} to ${new URL(target.api).host}`)
    await pushOne(target, path, await readPackage(path), options)
  }
}

async function pushOne(
  target: GitlabTarget,
  path: string,
  entry: PackageEntry,
  options: PushOptions,
): Promise<void> {
  const file = basename(entry.file)
  const place = `packages/debian/${encodeURIComponent(file)}?distribution=${SUITE}&component=${COMPONENT}`
  const answer = await persistently(options, () =>
    ask(target, 'PUT', place, { path, bytes: entry.bytes }, options),
  )
  if (answer.status >= 200 && answer.status < 300) return
  if ([400, 409, 422].includes(answer.status)) {
    const there = await uploadedHash(target, entry, file, options)
    if (there === entry.sha256) return
    if (there !== null || answer.status === 409) throw taken(entry, there)
  }
  throw refusal(target, file, answer)
}

interface Answer {
  status: number
  retryAfter: number | null
  location: string | null
  text: string
}

/** What the registry has under that name; `null` if it does not say. */
async function uploadedHash(
  target: GitlabTarget,
  { name, version }: PackageEntry,
  file: string,
  options: PushOptions,
): Promise<string | null> {
  const read = async <T>(path: string, shape: zod.ZodType<T>): Promise<T | null> => {
    const { status, text } = await persistently(options, () => ask(target, 'GET', path, null, options))
    return status === 200 ? (shape.safeParse(parsedJson(text)).data ?? null) : null
  }
  const query = new URLSearchParams({ package_type: 'debian', package_name: name, package_version: version })
  const found = await read(`packages?${query}`, zod.array(zod.object({ id: zod.number() })))
  for (const { id } of found ?? []) {
    const shape = zod.array(zod.object({ file_name: zod.string(), file_sha256: zod.string().nullish() }))
    const files = await read(`packages/${id}/package_files?per_page=100`, shape)
    const same = files?.find((one) => one.file_name === file)
    if (same?.file_sha256) return same.file_sha256
  }
  return null
}

/** Tries again where the server is at fault for a while, or the network is. */
async function persistently(options: PushOptions, attempt: () => Promise<Answer>): Promise<Answer> {
  for (let count = 1; ; count++) {
    const pause = (options.pause ?? 1000) * 2 ** (count - 1)
    try {
      const answer = await attempt()
      const passing = answer.status === 429 || answer.status >= 500
      if (!passing || count === ATTEMPTS) return answer
      await wait(Math.min(answer.retryAfter ?? pause, 60_000), undefined, { signal: options.signal })
    } catch (error) {
      options.signal?.throwIfAborted()
      if (!(error instanceof OperatorError) || error.code !== 'CONNECTION_FAILED' || count === ATTEMPTS)
        throw error
      await wait(pause, undefined, { signal: options.signal })
    }
  }
}

async function ask(
  { api, project, header, token }: GitlabTarget,
  method: 'GET' | 'PUT',
  path: string,
  upload: { path: string; bytes: number } | null,
  { signal, patience = 120_000 }: PushOptions,
): Promise<Answer> {
  const url = new URL(`${api}/projects/${encodeURIComponent(project)}/${path}`)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  const request = send(url, {
    method,
    signal,
    // From the first attempt to connect on.
    timeout: patience,
    headers: {
      [header]: token,
      'User-Agent': 'mathesarctl',
      ...(upload && {
        'Content-Type': 'application/octet-stream',
        'Content-Length': upload.bytes,
        Expect: '100-continue',
      }),
    },
  })
  request.on('timeout', () => request.destroy(Object.assign(new Error('timeout'), { code: 'ETIMEDOUT' })))
  const body = upload && createReadStream(upload.path)
  try {
    return await new Promise<Answer>((resolve, reject) => {
      request.on('error', reject)
      // It may come before everything was sent.
      request.on('response', (response) => answerOf(response).then(resolve, reject))
      body?.on('error', reject)
      if (body) whenWanted(request, () => body.pipe(request))
      else request.end()
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw connectionError(url, error)
  } finally {
    body?.destroy()
    request.destroy()
  }
}

/**
 * A server that refuses an upload says so before it is sent, and would cut the connection in the middle of it: the answer could be
 * lost then. One that does not know of this is not waited for (RFC 9110, 10.1.1).
 */
function whenWanted(request: ClientRequest, send: () => void): void {
  const begin = () => {
    clearTimeout(timer)
    request.off('continue', begin)
    send()
  }
  const timer = setTimeout(begin, 1000)
  request.on('continue', begin)
  for (const end of ['response', 'error', 'close']) request.on(end, () => clearTimeout(timer))
  request.flushHeaders()
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const seconds = Number(response.headers['retry-after'] ?? Number.NaN)
  return {
    status: response.statusCode ?? 0,
    retryAfter: Number.isFinite(seconds) ? seconds * 1000 : null,
    location: response.headers.location ?? null,
    text: await readText(response),
  }
}

function connectionError({ host, hostname }: URL, error: unknown): OperatorError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
  const failed = (message: string, hint: string) =>
    new OperatorError('CONNECTION_FAILED', message, hint, { cause: error })
  if (/ERR_SSL|EPROTO/.test(code)) {
    return new OperatorError(
      'TLS_FAILED',
      `${host} does not speak TLS, or not as it should (${code}).`,
      'Look at GITLAB_URL: its port may be that of http://.',
      { cause: error },
    )
  }
  if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO/.test(code)) {
    return new OperatorError(
      'TLS_FAILED',
      `The certificate of ${host} is not to be trusted (${code}).`,
      'If an authority of your own has signed it, name a file with its certificate in NODE_EXTRA_CA_CERTS.',
      { cause: error },
    )
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return failed(
      `The name ${hostname} does not resolve.`,
      'Look at GITLAB_URL, and at the name server of this machine.',
    )
  if (code === 'ECONNREFUSED') return failed(`Nobody listens at ${host}.`, 'Look at GITLAB_URL.')
  if (code === 'ETIMEDOUT')
    return failed(
      `${host} does not answer in time.`,
      'Look whether a firewall is in between, and try again. A proxy is used where NODE_USE_ENV_PROXY=1 is set beside HTTPS_PROXY.',
    )
  return failed(
    `The connection to ${host} was lost (${code}).`,
    'Run the same command again: what is uploaded stays.',
  )
}

function taken({ name, version, architecture }: PackageEntry, there: string | null): OperatorError {
  return new OperatorError(
    'NAME_TAKEN',
    `GitLab has ${name} ${version} (${architecture}) already, ${there === null ? 'and does not say with which contents' : 'with other contents'}.`,
    'A published version never changes: give the package a new version, or delete the one in the project’s package registry if nobody has installed it.',
  )
}

function refusal({ api, project, header, token }: GitlabTarget, file: string, answer: Answer): OperatorError {
  const { host } = new URL(api)
  const variable = header === 'PRIVATE-TOKEN' ? 'GITLAB_TOKEN' : 'CI_JOB_TOKEN'
  const fault = (code: ErrorCode, message: string, hint: string) => new OperatorError(code, message, hint)
  const said = serverWords(answer.text, token)
  switch (answer.status) {
    case 401:
      return fault(
        'AUTHENTICATION_FAILED',
        `${host} does not accept the token in ${variable}.`,
        'It has expired, was revoked, or belongs to another server: make a new one with the scope api.',
      )
    case 403:
      return fault(
        'INSUFFICIENT_PRIVILEGE',
        `The token in ${variable} may not upload packages to ${project} on ${host}.`,
        'It needs the scope api and the role Developer in the project, and the package registry must be on in the project’s settings.',
      )
    case 404:
      return fault(
        'NOT_FOUND',
        `${host} knows no project ${project} with a Debian registry and a distribution "${SUITE}" that this token may see.`,
        `Look at GITLAB_PROJECT. The server’s administrator turns the Debian registry on (feature flag debian_packages), and the distribution is made once: curl --request POST --header "${header}: $${variable}" "${api}/projects/${encodeURIComponent(project)}/debian_distributions?codename=${SUITE}".`,
      )
    case 413:
      return fault(
        'INTERNAL',
        `${host} does not take a file as large as ${file}.`,
        'Its administrator can raise the limit of the Debian registry, or of the web server before it.',
      )
    case 429:
      return fault(
        'CONNECTION_FAILED',
        `${host} gets too many requests.`,
        'Run the same command again later.',
      )
  }
  if (answer.status >= 500) {
    return fault(
      'CONNECTION_FAILED',
      `${host} has a fault of its own (HTTP ${answer.status}), ${ATTEMPTS} times in a row.`,
      `Run the same command again later.${said}`,
    )
  }
  if (answer.status >= 300 && answer.status < 400) {
    return fault(
      'CONNECTION_FAILED',
      `${host} is elsewhere now: it answers with another address${answer.location ? `, ${serverWordsOf(answer.location, token)}` : ''}.`,
      'Set GITLAB_URL to the server itself; the token is sent nowhere else.',
    )
  }
  return fault(
    'INTERNAL',
    `${host} refuses ${file} (HTTP ${answer.status}).`,
    `Nothing was changed there.${said}`,
  )
}

/** What an answer says beside its number, cut and without the token. */
function serverWords(text: string, token: string): string {
  const shape = zod.object({ message: zod.unknown().optional(), error: zod.unknown().optional() })
  const parsed = shape.safeParse(parsedJson(text)).data
  const message = parsed?.message ?? parsed?.error
  if (message === undefined || message === null) return ''
  return ` It says: ${serverWordsOf(typeof message === 'string' ? message : JSON.stringify(message), token)}`
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function serverWordsOf(text: string, token: string): string {
  return text
    .replaceAll(token, '***')
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, 300)
}
