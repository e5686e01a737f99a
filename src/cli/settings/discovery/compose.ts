import type { ComposeProject } from '../../../databases/interface/compose.ts'
import { joinHints, toRun } from '../../../hint.ts'
import type { FoundFlags, FoundMathesar } from './types.ts'

/** Names of the machine itself, as containers know it. */
const MACHINE = new Set(['host.docker.internal', 'host.containers.internal'])

const LOOPBACK = new Set(['localhost', '127.0.0.1', '::1'])

const KEY_FILE = 'secret_key.txt'

/** Returns what a Compose file says beside its variables: an address, and what stands in the way. */
export function composeDetails(
  project: ComposeProject,
): Pick<FoundMathesar, 'hiddenHost' | 'problem'> & { flags: FoundFlags } {
  const { environment } = project
  const { address, hiddenHost = null } = addressOf(
    project,
    environment.POSTGRES_HOST ?? '',
    Number(environment.POSTGRES_PORT || 5432),
  )
  return {
    flags: address === undefined ? {} : { address: [address] },
    hiddenHost,
    problem: problemOf(project),
  }
}

function addressOf(
  { peers, usesHostNetwork }: ComposeProject,
  host: string,
  port: number,
): { address?: string; hiddenHost?: string } {
  if (usesHostNetwork || host === '') return {}
  if (MACHINE.has(host)) return { address: `${host}=127.0.0.1` }
  const peer = peers.get(host)
  if (peer === undefined) return LOOPBACK.has(host) ? { hiddenHost: host } : {}
  const published = peer.published.get(port)
  if (published === undefined) return { hiddenHost: host }
  const { address, port: publishedPort } = published
  return { address: `${host}=${address.includes(':') ? `[${address}]` : address}:${publishedPort}` }
}

function problemOf({
  file,
  service,
  environment,
  missing,
  secrets,
}: ComposeProject): FoundMathesar['problem'] {
  const [first] = missing
  if (first !== undefined) {
    return {
      kind: 'settings',
      message: `Compose does not start the service ${service} of ${file}: the value of ${first} is not set.`,
      hint: 'Set it in the .env file of the project.',
    }
  }
  const namesDatabase = environment.POSTGRES_DB && environment.POSTGRES_USER && environment.POSTGRES_HOST
  if (!namesDatabase) {
    return {
      kind: 'settings',
      message:
        `The service ${service} of ${file} names no internal database, so that Mathesar uses the one ` +
        "inside its container, which this machine can't reach.",
      hint: 'Set POSTGRES_DB, POSTGRES_USER and POSTGRES_HOST for it to a database that both can reach.',
    }
  }
  if (!environment.SECRET_KEY && secrets !== null && 'volume' in secrets) {
    return {
      kind: 'key',
      message: `The secret key of the service ${service} of ${file} lies in the volume ${secrets.volume}.`,
      hint: joinHints(
        toRun('Copy it out:', `docker compose cp ${service}:/code/.secrets/${KEY_FILE} PATH`),
        'Then pass --secret-key-file PATH.',
      ),
    }
  }
  return null
}
