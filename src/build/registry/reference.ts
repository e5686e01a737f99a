import { type OperatorError, usageError } from '../../errors.ts'
import { isLoopback } from '../../http/loopback.ts'

/** A repository of images on a registry. */
export interface Repository {
  /** Such as `ghcr.io/owner/mathesarctl`: what `docker pull` accepts. */
  readonly text: string
  /** The registry as credentials name it: its host, with a port that the operator wrote. */
  readonly registry: string
  /** The host that the registry's API answers at, with its port. */
  readonly host: string
  /** Such as `owner/mathesarctl`. */
  readonly name: string
  /** Whether the registry is on this machine, so that it may speak plain HTTP. */
  readonly isLocal: boolean
}

/** The registry of Docker Hub, under the name that people know. */
export const DOCKER_HUB = 'docker.io'

const DOCKER_HUB_ALIASES = new Set([DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'])
const DOCKER_HUB_HOST = 'registry-1.docker.io'

const LABEL = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?'
const HOST = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-f:.]+\\])(?::[1-9][0-9]{0,4})?$`)

/** OCI Distribution Specification 1.1, "Pulling manifests". */
const NAME = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/

/** The longest host and name together; many registries and clients have this limit. */
const LONGEST = 255

/**
 * Parses REGISTRY/NAME. It guesses nothing: a text without a registry is refused, as is a tag, since the
 * version decides the tags.
 *
 * Errors: `USAGE` that says what is wrong.
 */
export function parseRepository(text: string): Repository {
  const slash = text.indexOf('/')
  const host = text.slice(0, slash)
  const name = text.slice(slash + 1)
  checkForm(text)
  if (slash === -1 || !isHost(host)) {
    throw pushError(
      slash === -1
        ? `"${text}" names no repository on a registry.`
        : `"${host}" is not the host of a registry.`,
      `Write REGISTRY/NAME with the registry's host, such as ghcr.io/owner/name, localhost:5000/name, or ` +
        'docker.io/owner/name for Docker Hub.',
    )
  }
  if (!NAME.test(name)) {
    throw pushError(
      `"${name}" is not the name of a repository.`,
      'A name consists of lower-case letters and digits, with single dots, one or two underscores, or ' +
        'hyphens between them, and of such parts with slashes between them: owner/name.',
    )
  }
  if (text.length > LONGEST) {
    throw pushError(
      `The repository has ${text.length} characters, and registries accept at most ${LONGEST}.`,
      'Use a shorter name.',
    )
  }
  return DOCKER_HUB_ALIASES.has(host) ? dockerHubRepository(name) : repositoryAt(host, name)
}

function repositoryAt(host: string, name: string): Repository {
  const isLocal = isLoopback(new URL(`https://${host}`).hostname)
  return { text: `${host}/${name}`, registry: host, host, name, isLocal }
}

function dockerHubRepository(name: string): Repository {
  if (!name.includes('/')) {
    throw pushError(
      `On Docker Hub, only Docker itself pushes to a repository without an owner, such as "${name}".`,
      `Add the name of the account or organization: ${DOCKER_HUB}/OWNER/${name}.`,
    )
  }
  const text = `${DOCKER_HUB}/${name}`
  return { text, registry: DOCKER_HUB, host: DOCKER_HUB_HOST, name, isLocal: false }
}

/** Finds the usual mistakes before the grammar does, so that each has a sentence of its own. */
function checkForm(text: string): void {
  // Nothing may repeat a password, which may contain a slash.
  if (/@/.test(text) && !/^[^@]*@sha(?:256|512):[0-9a-f]*$/.test(text)) {
    throw pushError(
      'The repository has a user name or password in it.',
      'Write the registry and the name alone. The credentials come from MATHESARCTL_REGISTRY_USER and ' +
        "MATHESARCTL_REGISTRY_PASSWORD in the environment, or from Docker's config file.",
    )
  }
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)(.*)$/s.exec(text) ?? []
  if (scheme !== undefined) {
    throw pushError(
      `The repository "${text}" begins with ${scheme}, which no name of a repository has.`,
      `Write ${rest.replace(/\/+$/, '') || 'REGISTRY/NAME'}. Registries are reached by https, and on this ` +
        'machine also by http.',
    )
  }
  const [, name = '', suffix] = /^([^/]+\/[^:@]*)([:@].*)$/s.exec(text) ?? []
  if (suffix !== undefined) {
    throw pushError(
      `The repository "${text}" ends with a tag or a digest.`,
      `Write ${name}: the version decides the tags ("mathesarctl build tags" prints them).`,
    )
  }
  if (/[A-Z]/.test(text)) {
    throw pushError(
      `The repository "${text}" has upper-case letters, which registries do not accept.`,
      `Write ${text.toLowerCase()}.`,
    )
  }
}

/**
 * Returns whether a text is a host as operators and credentials write it. A word without a dot or a port is
 * none, as for Docker, apart from `localhost`. Neither are the other notations of an address, such as
 * `127.1`: they would name another host than they seem to.
 */
function isHost(text: string): boolean {
  if (!HOST.test(text) || !(text === 'localhost' || /[.:[]/.test(text))) return false
  const address = `https://${text}`
  if (!URL.canParse(address)) return false
  return new URL(address).hostname === text.replace(/:\d+$/, '')
}

function pushError(message: string, hint: string): OperatorError {
  return usageError(message, hint, 'push')
}
