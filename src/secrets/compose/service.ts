import { interpolate, type Variables, variableOf } from './interpolate.ts'
import type { ComposeParser } from './parser.ts'

/** What a Compose project says about the Mathesar that it runs. */
export interface ComposeMathesar {
  service: string
  /** The release that the tag of its image names; `null` for `latest`, and for an image of another name. */
  release: string | null
  /** The environment of the service, without that of its `env_file`. */
  environment: Record<string, string>
  /** Where what gives the values of that environment is written, by their names. */
  origins: Record<string, ComposeOrigin>
  /** Names of the variables that Compose requires and does not have: with these it does not start. */
  missing: string[]
  /** The files of `env_file`, as the Compose file names them. */
  envFiles: string[]
  /**
   * What is mounted at the directory of the secret key file: a path as the Compose file names it, a named
   * `volume`, or nothing (`null`).
   */
  secrets: { path: string } | { volume: string } | null
  /** The other services, by each name that the service of Mathesar reaches them by. */
  peers: Map<string, ComposePeer>
  /** The service uses the network of the machine: `localhost` is the machine itself. */
  usesHostNetwork: boolean
}

/** Where a value is written: in a variable that fills in the Compose files, or in the file of that number. */
export type ComposeOrigin = { kind: 'variable'; name: string } | { kind: 'file'; index: number }

/** Another service of the project. */
export interface ComposePeer {
  service: string
  /** Where ports of the service are published, by their number in the container. */
  published: Map<number, { address: string; port: number }>
}

type Fields = Record<string, unknown>

const SECRETS_DIRECTORY = '/code/.secrets'

/**
 * Finds the service of Mathesar in the Compose files of a project; `null` if they have none. Errors: those of
 * the YAML parser.
 *
 * @param texts the Compose file, and those that change it
 * @param variables those of the project's `.env` file
 */
export function findMathesarService(
  texts: readonly string[],
  variables: Variables,
  parse: ComposeParser,
): ComposeMathesar | null {
  const files = texts.map((text) => fieldsOf(fieldsOf(parse(text))?.services) ?? {})
  const services = mergeServices(files)
  const names = [...services.keys()]
  const chosen =
    names.find((name) => isMathesarImage(fillIn(services.get(name)?.image, variables))) ??
    names.find((name) => services.get(name)?.container_name === 'mathesar_service') ??
    names.find((name) => hasMathesarVariables(services.get(name)))
  const service = chosen === undefined ? undefined : services.get(chosen)
  if (chosen === undefined || service === undefined) return null
  const { environment, missing } = environmentOf(service, variables)
  const peers = new Map<string, ComposePeer>()
  for (const [name, peer] of services) {
    if (name === chosen) continue
    for (const known of reachedBy(name, peer, variables)) {
      if (!peers.has(known)) peers.set(known, { service: name, published: publishedPorts(peer, variables) })
    }
  }
  return {
    service: chosen,
    release: releaseOfImage(fillIn(service.image, variables)),
    environment,
    origins: originsOf(files.map((file) => pairs(fieldsOf(file[chosen])?.environment))),
    missing,
    envFiles: envFilesOf(service, variables),
    secrets: secretsOf(service, variables),
    peers,
    usesHostNetwork: service.network_mode === 'host',
  }
}

/** Merges the services of several files as Compose does, as far as it matters here. */
function mergeServices(files: readonly Fields[]): Map<string, Fields> {
  const services = new Map<string, Fields>()
  for (const file of files) {
    for (const [name, value] of Object.entries(file)) {
      const service = fieldsOf(value) ?? {}
      const before = services.get(name) ?? {}
      services.set(name, {
        ...before,
        ...service,
        environment: { ...pairs(before.environment), ...pairs(service.environment) },
        ports: [...listOf(before.ports), ...listOf(service.ports)],
        volumes: [...listOf(before.volumes), ...listOf(service.volumes)],
        env_file: [...listOf(before.env_file), ...listOf(service.env_file)],
      })
    }
  }
  return services
}

/** The images of Mathesar itself, with or without a registry and a tag; not those of Caddy. */
function isMathesarImage(image: string | null): image is string {
  return image !== null && /(^|\/)mathesar\/(mathesar|mathesar-prod|mathesar-debug)([:@]|$)/.test(image)
}

/** A tag is not the whole of a version where it leaves out its last part: it then moves with the releases. */
function releaseOfImage(image: string | null): string | null {
  if (!isMathesarImage(image)) return null
  return /:v?(\d+\.\d+\.\d+)(?:@|$)/.exec(image)?.[1] ?? null
}

/** The project built its own image: the variables that its service has show what it is. */
function hasMathesarVariables(service: Fields | undefined): boolean {
  const environment = pairs(service?.environment)
  return 'SECRET_KEY' in environment && ('POSTGRES_DB' in environment || 'DJANGO_DATABASE_URL' in environment)
}

function environmentOf(
  service: Fields,
  variables: Variables,
): { environment: Record<string, string>; missing: string[] } {
  const environment: Record<string, string> = {}
  const missing: string[] = []
  for (const [name, value] of Object.entries(pairs(service.environment))) {
    // A name alone stands for the variable of that name.
    const text = value === null ? (variables[name] ?? null) : interpolate(value, variables)
    if (text !== null) environment[name] = text
    else if (value !== null) missing.push(name)
  }
  return { environment, missing }
}

/** @param environments that of the service in each file */
function originsOf(environments: readonly Record<string, string | null>[]): ComposeMathesar['origins'] {
  const entries = environments.flatMap((environment, index) =>
    Object.entries(environment).map(([name, value]): [string, ComposeOrigin] => {
      const variable = value === null ? name : variableOf(value)
      return [name, variable === null ? { kind: 'file', index } : { kind: 'variable', name: variable }]
    }),
  )
  return Object.fromEntries(entries)
}

function envFilesOf(service: Fields, variables: Variables): string[] {
  return listOf(service.env_file).flatMap((entry) => {
    const path = fillIn(typeof entry === 'string' ? entry : fieldsOf(entry)?.path, variables)
    return path === null ? [] : [path]
  })
}

function secretsOf(service: Fields, variables: Variables): ComposeMathesar['secrets'] {
  for (const entry of listOf(service.volumes)) {
    const { source, target } = mountOf(entry, variables)
    if (source === null || target?.replace(/\/+$/, '') !== SECRETS_DIRECTORY) continue
    return /^[./~]/.test(source) ? { path: source } : { volume: source }
  }
  return null
}

function mountOf(entry: unknown, variables: Variables): { source: string | null; target: string | null } {
  if (typeof entry === 'string') {
    const [source = null, target = null] = interpolate(entry, variables)?.split(':') ?? []
    return { source: target === null ? null : source, target }
  }
  const fields = fieldsOf(entry)
  return { source: fillIn(fields?.source, variables), target: fillIn(fields?.target, variables) }
}

/** The names by which other services of the project reach a service. */
function reachedBy(name: string, service: Fields, variables: Variables): string[] {
  const networks = Object.values(fieldsOf(service.networks) ?? {})
  const aliases = networks.flatMap((network) => listOf(fieldsOf(network)?.aliases))
  return [name, service.container_name, service.hostname, ...aliases].flatMap((known) => {
    const text = fillIn(known, variables)
    return text === null ? [] : [text]
  })
}

/** `[[IP:]HOST:]CONTAINER[/PROTOCOL]`; the address may be an IPv6 one in brackets. */
const PORT = /^(?:(?:(\[[^\]]*\]|[^:]*):)?(\d+(?:-\d+)?)?:)?(\d+(?:-\d+)?)(?:\/(\w+))?$/

function publishedPorts(service: Fields, variables: Variables): ComposePeer['published'] {
  const published: ComposePeer['published'] = new Map()
  const add = (target: string, host: string | null, address: string | null, protocol: string | null) => {
    if (host === null || (protocol !== null && protocol !== 'tcp')) return
    const [first = 0, last = first] = target.split('-').map(Number)
    const [firstHost = 0, lastHost = firstHost] = host.split('-').map(Number)
    // A range for one port lets Docker choose.
    if (last - first !== lastHost - firstHost) return
    const reached = { address: publishedAddress(address) }
    for (let port = first; port <= last; port++) {
      published.set(port, { ...reached, port: firstHost + port - first })
    }
  }
  for (const entry of listOf(service.ports)) {
    const fields = fieldsOf(entry)
    if (fields !== null) {
      const target = fillIn(fields.target, variables)
      if (target === null) continue
      const host = fillIn(fields.published, variables)
      add(target, host, fillIn(fields.host_ip, variables), fillIn(fields.protocol, variables))
      continue
    }
    const [, address = null, host = null, target, protocol = null] =
      PORT.exec(fillIn(entry, variables) ?? '') ?? []
    if (target !== undefined) add(target, host, address, protocol)
  }
  return published
}

/** The address by which this machine reaches a published port. */
function publishedAddress(address: string | null): string {
  const bare = address?.replace(/^\[|\]$/g, '') ?? ''
  if (bare === '' || bare === '0.0.0.0') return '127.0.0.1'
  return bare === '::' ? '::1' : bare
}

/** Returns a scalar of a Compose file as text, with its variables filled in; `null` for anything else. */
function fillIn(value: unknown, variables: Variables): string | null {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' ? interpolate(value, variables) : null
}

/** Returns an `environment:`, a map or a list, as names and texts; `null` where there is only the name. */
function pairs(value: unknown): Record<string, string | null> {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      value
        .filter((entry) => typeof entry === 'string')
        .map((entry): [string, string | null] => {
          const split = entry.indexOf('=')
          return split === -1 ? [entry, null] : [entry.slice(0, split), entry.slice(split + 1)]
        }),
    )
  }
  return Object.fromEntries(
    Object.entries(fieldsOf(value) ?? {}).map(([name, text]) => [
      name,
      typeof text === 'string' ? text : text === null || text === undefined ? null : String(text),
    ]),
  )
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}
