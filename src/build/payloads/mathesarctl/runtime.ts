import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, constants, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { OperatorError } from '../../../errors.ts'
import { isClosed, userCache } from '../../../files/user-cache.ts'
import { makeDirectories } from '../../../make-directories.ts'
import type { Platform } from '../../platforms.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { BuildContext } from '../../types.ts'
import { cachedName, type NodePackage, nodePackage } from './node-packages.ts'

/** The files that a cache keeps of a package, and the ends of their names there. */
const CACHED_FILES = {
  node: { entry: 'package/bin/node', mode: 0o755, suffix: '' },
  LICENSE: { entry: 'package/LICENSE', mode: 0o644, suffix: '.LICENSE' },
} as const

/**
 * Returns the path of the Node of a version for a platform. It downloads it from the npm registry (whichever
 * npm is set up to use), checks it against the pinned checksum, and keeps it in
 * `$XDG_CACHE_HOME/mathesarctl/runtimes` for the next time.
 *
 * Errors: `USAGE` if the registry has no such Node; `CONNECTION_FAILED` if npm can't download it, or if the
 * download does not match the pinned checksum; `INTERNAL` if the disk is full.
 */
export function nodeRuntime(platform: Platform, version: string, context: BuildContext): Promise<string> {
  return fileOfPackage('node', platform, version, context)
}

/** Returns the licenses of that Node and of all that is linked into it. Errors: those of nodeRuntime. */
export async function nodeLicense(
  platform: Platform,
  version: string,
  context: BuildContext,
): Promise<string> {
  return readFile(await fileOfPackage('LICENSE', platform, version, context), 'utf8')
}

async function fileOfPackage(
  file: keyof typeof CACHED_FILES,
  platform: Platform,
  version: string,
  context: BuildContext,
): Promise<string> {
  const source = nodePackage(platform, version)
  const name = cachedName(platform, source)
  const { suffix } = CACHED_FILES[file]
  for (const directory of cacheDirectories(context)) {
    const path = join(directory, `${name}${suffix}`)
    if ((await exists(path)) && isClosed(path)) return path
  }
  const base = join(await writableCache(context), name)
  const tarball = await download(source, platform, context)
  try {
    await unpack(tarball, base)
  } catch (error) {
    throw roomError(error, version, dirname(base))
  } finally {
    await rm(tarball, { force: true })
  }
  return `${base}${suffix}`
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** Downloads the tarball of a package, compares it with the pinned checksum, and returns its path. */
async function download(
  { name, version, integrity }: NodePackage,
  platform: Platform,
  context: BuildContext,
): Promise<string> {
  const destination = join(context.scratch, 'runtimes')
  // npm has no place for its own cache either if there is no home directory to write to.
  const hasHome = !(await writableCache(context)).startsWith(context.scratch)
  makeDirectories(destination)
  context.progress(`Downloading Node ${version} for ${platform.name} from the npm registry`)
  await runProgram(
    'npm',
    {
      args: ['pack', `${name}@${version}`, '--loglevel=error', '--pack-destination', destination],
      env: hasHome ? {} : { npm_config_cache: join(context.scratch, 'npm-cache') },
    },
    context,
  ).catch((error: unknown) => {
    context.signal?.throwIfAborted()
    if (error instanceof Error && /no space left on device/i.test(error.message)) throw error
    throw new OperatorError(
      'CONNECTION_FAILED',
      `npm could not download ${name}@${version}, which the executable contains.`,
      'Check the network, the proxy and the registry that npm is set up with: npm ping.',
      { cause: error },
    )
  })
  const tarball = join(destination, `${name}-${version}.tgz`)
  const digest = createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')
  if (`sha512-${digest}` !== integrity) {
    throw new OperatorError(
      'CONNECTION_FAILED',
      `The npm registry now has other contents under ${name}@${version}: sha512-${digest} instead of ` +
        `${integrity}.`,
      'The build did not run it. Find out which registry that is, and who changed it: npm config get registry.',
    )
  }
  return tarball
}

/** Unpacks the files to keep, under names that begin with `base`. Only a whole file receives its name. */
async function unpack(tarball: string, base: string): Promise<void> {
  const unfinished = `${base}.${randomUUID()}`
  const suffixes = Object.values(CACHED_FILES).map(({ suffix }) => suffix)
  try {
    await extractKept(tarball, unfinished)
    for (const suffix of suffixes)
      if (await exists(`${unfinished}${suffix}`)) await rename(`${unfinished}${suffix}`, `${base}${suffix}`)
  } finally {
    for (const suffix of suffixes) await rm(`${unfinished}${suffix}`, { force: true })
  }
}

async function extractKept(tarball: string, base: string): Promise<void> {
  const entries = extract()
  entries.on('entry', ({ name }, stream, next) => {
    const cachedFile = Object.values(CACHED_FILES).find(({ entry }) => entry === name)
    const target = createWriteStream(cachedFile ? `${base}${cachedFile.suffix}` : '/dev/null', {
      mode: cachedFile?.mode,
    })
    pipeline(stream, target).then(
      () => next(),
      (error: Error) => entries.destroy(error),
    )
  })
  await pipeline(createReadStream(tarball), createGunzip(), entries)
}

/** Returns the error for a full disk; any other error as it is. */
function roomError(error: unknown, version: string, directory: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new OperatorError(
    'INTERNAL',
    `There is no room for Node ${version} in ${directory}.`,
    'Free 150 MB there, or name another place in XDG_CACHE_HOME. Then run the same command again.',
    { cause: error },
  )
}

/**
 * Returns the user's own cache, unless another user could replace the programs in it, and the directory of
 * the run.
 */
function cacheDirectories({ env, scratch }: BuildContext): string[] {
  const base = userCache(env)
  const directories = [...(base === null ? [] : [base]), scratch].map((one) =>
    join(one, 'mathesarctl', 'runtimes'),
  )
  return directories.filter((directory) => isClosed(join(directory, 'node')))
}

/**
 * Returns the first cache that can be written to: a home directory may be missing, or belong to another user.
 */
async function writableCache(context: BuildContext): Promise<string> {
  for (const directory of cacheDirectories(context)) {
    try {
      makeDirectories(directory, 0o700)
      await access(directory, constants.W_OK)
      return directory
    } catch {}
  }
  return context.scratch
}
