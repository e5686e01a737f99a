import { getRawAsset } from 'node:sea'
import { Script } from 'node:vm'

type Run = typeof import('./run.ts')

/**
 * Replaces run.ts in the single executable, where run.ts is a separate script: help and version do not need
 * it and start as fast as the runtime itself. The build of the executable stores V8's code cache; without one
 * V8 compiles the script now.
 */
export const runCommandLine: Run['runCommandLine'] = (args) => load().runCommandLine(args)

export const reportLostOutput: Run['reportLostOutput'] = (error, args) => load().reportLostOutput(error, args)

let loaded: Run | undefined

function load(): Run {
  loaded ??= evaluate()
  return loaded
}

function evaluate(): Run {
  const cachedData = codeCache()
  // The script is ASCII. V8 rejects the cache for a text that was decoded as UTF-8.
  const source = Buffer.from(getRawAsset('run.cjs')).toString('latin1')
  const script = new Script(source, {
    filename: 'run.cjs',
    ...(cachedData === null ? {} : { cachedData }),
  })
  const module = { exports: {} as Run }
  const define: (...all: unknown[]) => void = script.runInThisContext()
  define(require, module, module.exports)
  return module.exports
}

/** Returns the code cache; `null` in an executable that was built on another kind of machine. */
function codeCache(): Buffer | null {
  try {
    return Buffer.from(getRawAsset('run.cache'))
  } catch {
    return null
  }
}
