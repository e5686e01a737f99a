import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OperatorError, usageError } from '../../../errors.ts'
import { signAdHoc } from '../../binaries/sign-ad-hoc.ts'
import type { Platform } from '../../platforms.ts'
import { hostPlatform } from '../../platforms.ts'
import { runProgram } from '../../programs/run-program.ts'
import type { BuildContext } from '../../types.ts'
import type { Checkout } from './checkout.ts'
import { RUNTIMES } from './node-packages.ts'
import { nodeRuntime } from './runtime.ts'

/**
 * The text in Node's executable before the digit that states whether it contains an application (Node's
 * documentation, "Single executable applications"). It must occur once, and the executable contains this
 * script too: hence the two halves.
 */
const FUSE = ['NODE_SEA_FUSE', 'fce680ab2cc467b6e072b8b5df1996b2'].join('_')

/**
 * Writes the code cache of a script. It evaluates the script first, so that the cache contains the functions
 * that this compiles. It does not contain those that a command compiles: their cache shows how far V8 has
 * optimized them, which differs from run to run.
 *
 * V8 derives the hashes of names from a random number, so that each cache would differ: hence --random-seed.
 * Its threads leave traces in the cache of what they compiled or collected meanwhile, about once in 150 times
 * on a busy machine: hence --predictable, which gives the cache that V8 nearly always writes without it.
 */
const CACHE_SCRIPT = `const { readFileSync, writeFileSync } = require('node:fs')
const script = new (require('node:vm').Script)(readFileSync('run.cjs', 'latin1'), { filename: 'run.cjs' })
const program = { exports: {} }
script.runInThisContext()(require, program, program.exports)
writeFileSync('run.cache', script.createCachedData())`

const DETERMINISTIC = ['--random-seed=1', '--predictable']

/**
 * Builds the executable for a platform with Node's own support of single executables: it is the official Node
 * of RUNTIMES with this tool's scripts in it, which the same version of Node on this machine prepares.
 * Returns its path.
 *
 * Errors: `USAGE` if this system has no glibc; those of nodeRuntime.
 */
export async function buildExecutable(
  { root }: Checkout,
  platform: Platform,
  context: BuildContext,
): Promise<string> {
  const version = RUNTIMES[platform.name]
  const host = hostPlatform()
  const runtime = await nodeRuntime(platform, version, context)
  const tool = platform.name === host.name ? runtime : await nodeRuntime(host, version, context)
  const directory = join(context.scratch, `executable-${platform.name}`)
  await mkdir(directory)
  // The build reads and writes nothing in the operator's home directory, so that nothing there changes the
  // result.
  const { PATH = '' } = context.env
  const run = (args: readonly string[]) =>
    runProgram(
      tool,
      { args, cwd: directory },
      { env: { PATH, HOME: directory }, signal: context.signal },
    ).catch(explainStart)
  context.progress(`Building the executable for ${platform.name}`)
  // Names without a directory, since the executable contains them.
  await copyFile(join(root, 'dist/single.cjs'), join(directory, 'main.cjs'))
  await copyFile(join(root, 'dist/single-run.cjs'), join(directory, 'run.cjs'))
  await copyFile(join(root, 'dist/answers.json'), join(directory, 'answers.json'))
  const assets: Record<string, string> = { 'answers.json': 'answers.json', 'run.cjs': 'run.cjs' }
  const isForHost = platform.name === host.name
  if (isForHost) {
    await writeFile(join(directory, 'cache.cjs'), CACHE_SCRIPT)
    await run([...DETERMINISTIC, 'cache.cjs'])
    assets['run.cache'] = 'run.cache'
  }
  const settings = {
    main: 'main.cjs',
    output: 'output',
    disableExperimentalSEAWarning: true,
    // Only the kind of machine that wrote a cache can use it.
    useCodeCache: isForHost,
    // NODE_OPTIONS is for other programs: it would load scripts into this one, or keep it from starting.
    execArgvExtension: 'none',
    // Without it, Node looks for its own flag --env-file among the arguments of the program.
    execArgv: ['--'],
    assets,
  }
  const configure = (more: object) =>
    writeFile(join(directory, 'sea.json'), JSON.stringify({ ...settings, ...more }))
  const path = join(directory, 'output')
  if (platform.os === 'darwin') {
    await configure({ executable: runtime })
    await run([...DETERMINISTIC, '--build-sea', 'sea.json'])
    // On Apple's processors macOS starts only signed programs; a signature of nobody is enough.
    await writeFile(path, signAdHoc(await readFile(path), 'mathesarctl'))
  } else {
    // Node 24 only prepares the contents, and does not put them into an executable.
    await configure({})
    await run([...DETERMINISTIC, '--experimental-sea-config', 'sea.json'])
    const prepared = await readFile(path)
    await copyFile(runtime, path)
    await inject(path, prepared)
  }
  await chmod(path, 0o755)
  return path
}

/** The executable exists: what the system does not find is the program that loads it. */
function explainStart(error: unknown): never {
  const cause = error instanceof OperatorError ? error.cause : null
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw error
  throw usageError(
    'The Node that builds executables needs glibc, and this system has none.',
    'Build on a system with glibc 2.28 or newer, such as Debian; Alpine has musl.',
    'format',
  )
}

async function inject(path: string, prepared: Buffer): Promise<void> {
  const { inject: injectResource } = await import('postject')
  // It warns of missing symbols in stripped programs, which is harmless.
  const { warn, log } = console
  console.warn = console.log = () => {}
  try {
    await injectResource(path, 'NODE_SEA_BLOB', prepared, { sentinelFuse: FUSE })
  } finally {
    Object.assign(console, { warn, log })
  }
}
