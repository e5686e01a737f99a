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
 * The text in Node's executable behind which a digit says whether something was put into it (Node's documentation, "Single
 * executable applications"). It must be in there once only, and this script will be in there too: hence in two parts.
 */
const FUSE = ['NODE_SEA_FUSE', 'fce680ab2cc467b6e072b8b5df1996b2'].join('_')

/**
 * Makes the code cache of a script, which is evaluated first, so that what is compiled for that is in it too. What a command
 * compiles is not: how far V8 has optimised it shows in the cache, and that depends on the moment. V8 takes the hashes of names
 * from a random number, so that a cache would be another each time: hence --random-seed. And its threads leave traces in the
 * cache of what they compiled or collected meanwhile, about once in 150 times on a busy machine: hence --predictable, with which
 * the cache is the one that it nearly always is without.
 */
const CACHE_SCRIPT = `const { readFileSync, writeFileSync } = require('node:fs')
const script = new (require('node:vm').Script)(readFileSync('run.cjs', 'latin1'), { filename: 'run.cjs' })
const program = { exports: {} }
script.runInThisContext()(require, program, program.exports)
writeFileSync('run.cache', script.createCachedData())`

const SAME_EACH_TIME = ['--random-seed=1', '--predictable']

/**
 * The executable for a platform, by Node's own support of single executables: the official Node of RUNTIMES with our
 * scripts in it. The same version of Node on this machine prepares them.
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
  // Nothing of the operator's own may be read or written, or have a say in what comes out.
  const { PATH = '' } = context.env
  const run = (args: readonly string[]) =>
    runProgram(
      tool,
      { args, cwd: directory },
      { env: { PATH, HOME: directory }, signal: context.signal },
    ).catch(explainStart)
  context.progress(`Making the executable for ${platform.name}`)
  // Names without a directory, since they are part of what is put into it.
  await copyFile(join(root, 'dist/single.cjs'), join(directory, 'main.cjs'))
  await copyFile(join(root, 'dist/single-run.cjs'), join(directory, 'run.cjs'))
  await copyFile(join(root, 'dist/answers.json'), join(directory, 'answers.json'))
  const assets: Record<string, string> = { 'answers.json': 'answers.json', 'run.cjs': 'run.cjs' }
  const atHome = platform.name === host.name
  if (atHome) {
    await writeFile(join(directory, 'cache.cjs'), CACHE_SCRIPT)
    await run([...SAME_EACH_TIME, 'cache.cjs'])
    assets['run.cache'] = 'run.cache'
  }
  const settings = {
    main: 'main.cjs',
    output: 'output',
    disableExperimentalSEAWarning: true,
    // A cache is of use on the machine alone that made it.
    useCodeCache: atHome,
    // NODE_OPTIONS is meant for another program: it would load scripts into this one, or keep it from starting.
    execArgvExtension: 'none',
    assets,
  }
  const configure = (more: object) =>
    writeFile(join(directory, 'sea.json'), JSON.stringify({ ...settings, ...more }))
  const path = join(directory, 'output')
  if (platform.os === 'darwin') {
    await configure({ executable: runtime })
    await run([...SAME_EACH_TIME, '--build-sea', 'sea.json'])
    // macOS starts nothing on its own processors that is not signed, be it by nobody.
    await writeFile(path, signAdHoc(await readFile(path), 'mathesarctl'))
  } else {
    // Node 24 only prepares what has to be put into it.
    await configure({})
    await run([...SAME_EACH_TIME, '--experimental-sea-config', 'sea.json'])
    const prepared = await readFile(path)
    await copyFile(runtime, path)
    await inject(path, prepared)
  }
  await chmod(path, 0o755)
  return path
}

/** The file is there: what the system does not find is the program that loads it. */
function explainStart(error: unknown): never {
  const cause = error instanceof OperatorError ? error.cause : null
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) throw error
  throw usageError(
    'Executables are made by a Node that needs glibc, and this system has none.',
    'Build on a system with glibc 2.28 or newer, such as Debian; Alpine has musl.',
    'format',
  )
}

async function inject(path: string, prepared: Buffer): Promise<void> {
  const { inject: put } = await import('postject')
  // It writes notes on the symbols of stripped programs, which nobody needs.
  const { warn, log } = console
  console.warn = console.log = () => {}
  try {
    await put(path, 'NODE_SEA_BLOB', prepared, { sentinelFuse: FUSE })
  } finally {
    Object.assign(console, { warn, log })
  }
}
