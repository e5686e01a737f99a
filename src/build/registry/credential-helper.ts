import { execFile } from 'node:child_process'
import * as zod from 'zod'
import { OperatorError } from '../../errors.ts'
import { systemErrorCode } from '../../files/file-reason.ts'
import { parsedJson, quotable } from '../../http/quote.ts'
import type { Credentials } from './credentials.ts'

/** A helper may ask its user or a server. */
const TIMEOUT_MS = 60_000
const MOST_BYTES = 1024 * 1024

const ANSWER = zod.object({ Username: zod.string(), Secret: zod.string() })

/** The user name by which a helper says that the secret is an identity token. */
const IDENTITY_TOKEN = '<token>'

/** The answer of every helper that has nothing for a server; its status is that of any failure. */
const NOT_FOUND = /credentials not found/i

/**
 * Asks one of Docker's credential helpers, the program `docker-credential-NAME`, for a server; `null` if it
 * has nothing.
 *
 * Errors: `USAGE` for a name that is none and a program that does not exist; `INTERNAL` that quotes a helper
 * which fails.
 *
 * @param server the address that the helper has the credentials under
 * @param context `config` is the file that names the helper
 */
export async function runCredentialHelper(
  name: string,
  server: string,
  { env, signal, config }: { env: NodeJS.ProcessEnv; signal: AbortSignal | undefined; config: string },
): Promise<Credentials | null> {
  const program = `docker-credential-${name}`
  const hint = `${config} names this helper. Run "${program} get" to see what it reports.`
  // It must not lead to a program outside of PATH.
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
    throw new OperatorError(
      'USAGE',
      `${config} names a credential helper whose name is none: ${quotable(JSON.stringify(name), [])}.`,
      'Correct credsStore or credHelpers in the file: osxkeychain stands for docker-credential-osxkeychain.',
      { field: 'push' },
    )
  }
  const { error, stdout, stderr } = await run(program, server, env, signal)
  if (error === null) {
    const answer = ANSWER.safeParse(parsedJson(stdout)).data
    // Its output may contain a secret, so that nothing quotes it.
    if (answer === undefined) throw noAnswerError(program, hint)
    if (answer.Secret === '') return null
    const source = `${program} (${config})`
    return answer.Username === IDENTITY_TOKEN
      ? { kind: 'identity', token: answer.Secret, source }
      : { kind: 'password', user: answer.Username, password: answer.Secret, source }
  }
  signal?.throwIfAborted()
  if (NOT_FOUND.test(stdout) || NOT_FOUND.test(stderr)) return null
  const code = systemErrorCode(error)
  if (code === 'ENOENT') {
    throw new OperatorError(
      'USAGE',
      `The credential helper ${program} is not installed.`,
      `${config} names it. Install it, or set MATHESARCTL_REGISTRY_USER and MATHESARCTL_REGISTRY_PASSWORD.`,
      { field: 'push' },
    )
  }
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') throw noAnswerError(program, hint)
  if (error.killed) throw helperError(`${program} did not end within ${TIMEOUT_MS / 1000} s.`, hint)
  // Helpers report failures on stdout; one that fails late has written its answer there, with the secret.
  const output = stdout.includes('{') ? '' : stdout.trim()
  const reason = quotable(stderr.trim() || output, []) || 'it gave no reason'
  throw helperError(`${program} failed: ${reason}`, hint)
}

function noAnswerError(program: string, hint: string): OperatorError {
  return helperError(`${program} returned something else than credentials.`, hint)
}

function helperError(message: string, hint: string): OperatorError {
  return new OperatorError('INTERNAL', message, hint)
}

interface HelperRun {
  readonly error: (Error & { killed?: boolean }) | null
  readonly stdout: string
  readonly stderr: string
}

function run(
  program: string,
  server: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<HelperRun> {
  return new Promise((resolve) => {
    const options = {
      env,
      signal,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MOST_BYTES,
      encoding: 'utf8',
    } as const
    const child = execFile(program, ['get'], options, (error, stdout, stderr) =>
      resolve({ error, stdout, stderr }),
    )
    // A helper that ends before it has read the address reports the reason itself.
    child.stdin?.on('error', () => {})
    child.stdin?.end(server)
  })
}
