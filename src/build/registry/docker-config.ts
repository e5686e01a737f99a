import { join } from 'node:path'
import * as zod from 'zod'
import { usageError } from '../../errors.ts'
import { fileReason, systemErrorCode } from '../../files/file-reason.ts'
import { homeDirectory } from '../../files/home-directory.ts'
import { foreignOwner } from '../../files/owners.ts'
import { readLimitedFile } from '../../files/read-limited.ts'
import { parsedJson } from '../../http/quote.ts'
import { runCredentialHelper } from './credential-helper.ts'
import type { Credentials } from './credentials.ts'
import { DOCKER_HUB, type Repository } from './reference.ts'

const ENTRY = zod.object({
  auth: zod.string().optional(),
  username: zod.string().optional(),
  password: zod.string().optional(),
  identitytoken: zod.string().optional(),
  registrytoken: zod.string().optional(),
})
const CONFIG = zod.object({
  auths: zod.record(zod.string(), ENTRY.nullable()).nullish(),
  credHelpers: zod.record(zod.string(), zod.string()).nullish(),
  credsStore: zod.string().nullish(),
})

/** What a header can contain. */
const HEADER_TEXT = /^[\x21-\x7e]+$/

type Config = zod.infer<typeof CONFIG>
type Entry = zod.infer<typeof ENTRY>

/** A config file that may exist. */
interface ConfigPath {
  readonly path: string
  /** Whether the operator named this very file, so that it must exist. */
  readonly isNamed: boolean
}

/** The key of Docker Hub in config files, and its address for helpers. */
const DOCKER_HUB_KEY = 'https://index.docker.io/v1/'

/**
 * Returns what Docker's or Podman's config files have for a registry; `null` if they have nothing. The first
 * file with an entry counts.
 */
export async function configuredCredentials(
  repository: Repository,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<Credentials | null> {
  for (const place of configPaths(env)) {
    const config = readConfig(place)
    const found = config && (await credentialsIn(config, place.path, repository, { env, signal }))
    if (found) return found
  }
  return null
}

/**
 * Returns the files in the order in which they are asked. The files that variables name come first. With
 * DOCKER_CONFIG, Docker does not read the file in the home directory. Directories of another user, which sudo
 * may keep, are left out: a file there could name a program as a helper.
 */
function configPaths(env: NodeJS.ProcessEnv): ConfigPath[] {
  const home = homeDirectory(env)
  const paths: ConfigPath[] = []
  const add = (directory: string | null | undefined, file: string) => {
    if (directory) paths.push({ path: join(directory, file), isNamed: false })
  }
  add(env.DOCKER_CONFIG, 'config.json')
  if (env.REGISTRY_AUTH_FILE) paths.push({ path: env.REGISTRY_AUTH_FILE, isNamed: true })
  if (!env.DOCKER_CONFIG) add(home, '.docker/config.json')
  add(ownDirectory(env.XDG_RUNTIME_DIR), 'containers/auth.json')
  add(ownDirectory(env.XDG_CONFIG_HOME) ?? (home && join(home, '.config')), 'containers/auth.json')
  return paths
}

function ownDirectory(path: string | undefined): string | null {
  return path?.startsWith('/') && foreignOwner(path) === null ? path : null
}

function readConfig({ path, isNamed }: ConfigPath): Config | null {
  let text: string
  try {
    text = readLimitedFile(path).toString('utf8')
  } catch (error) {
    if (!isNamed && /^(?:ENOENT|ENOTDIR)$/.test(systemErrorCode(error) ?? '')) return null
    throw configError(path, `can't be read: ${fileReason(error)}`)
  }
  // `docker login` accepts an empty file as well.
  if (text.trim() === '') return null
  const config = CONFIG.safeParse(parsedJson(text)).data
  if (config === undefined) throw configError(path, 'is not a config file of Docker: its JSON is wrong')
  return config
}

function configError(path: string, reason: string) {
  return usageError(
    `${path} ${reason}.`,
    'Correct the file, name another directory in DOCKER_CONFIG, or set MATHESARCTL_REGISTRY_USER and ' +
      'MATHESARCTL_REGISTRY_PASSWORD instead.',
    'push',
  )
}

async function credentialsIn(
  config: Config,
  path: string,
  repository: Repository,
  context: { env: NodeJS.ProcessEnv; signal: AbortSignal | undefined },
): Promise<Credentials | null> {
  const helper = entryFor(config.credHelpers ?? {}, repository) ?? config.credsStore
  if (helper) {
    const server = repository.registry === DOCKER_HUB ? DOCKER_HUB_KEY : repository.registry
    const answer = await runCredentialHelper(helper, server, { ...context, config: path })
    if (answer) return answer
  }
  const entry = entryFor(config.auths ?? {}, repository)
  return entry ? credentialsOf(entry, path) : null
}

/**
 * Returns the entry for a repository. Podman's files also have entries for a part of a registry, such as
 * `quay.io/owner`, and the longest one counts.
 */
function entryFor<Value>(
  entries: Readonly<Record<string, Value>>,
  repository: Repository,
): Value | undefined {
  const parts = repository.name.split('/')
  const keys = parts.map((_, index) =>
    [repository.registry, ...parts.slice(0, parts.length - index)].join('/'),
  )
  for (const key of [...keys, ...registryKeys(repository)])
    if (Object.hasOwn(entries, key)) return entries[key]
  // Docker writes a host alone; its early versions wrote the address of the API.
  const isSameRegistry = (key: string) => /^https?:\/\//.test(key) && hostOf(key) === repository.registry
  const [key] = Object.keys(entries).filter(isSameRegistry)
  return key === undefined ? undefined : entries[key]
}

function registryKeys({ registry, host }: Repository): string[] {
  return registry === DOCKER_HUB ? [DOCKER_HUB_KEY, registry, 'index.docker.io', host] : [registry]
}

function hostOf(address: string): string {
  return address.replace(/^https?:\/\//, '').replace(/\/.*$/s, '')
}

function credentialsOf(entry: Entry, path: string): Credentials | null {
  if (entry.identitytoken) return { kind: 'identity', token: entry.identitytoken, source: path }
  if (entry.registrytoken && !HEADER_TEXT.test(entry.registrytoken))
    throw configError(path, 'has a registrytoken with characters that no token has')
  if (entry.registrytoken) return { kind: 'bearer', token: entry.registrytoken, source: path }
  // Docker fills up the password with null characters.
  const decoded = entry.auth ? Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '') : ''
  const colon = decoded.indexOf(':')
  const user = colon > 0 ? decoded.slice(0, colon) : entry.username
  const password = colon > 0 ? decoded.slice(colon + 1) : entry.password
  return user && password ? { kind: 'password', user, password, source: path } : null
}
