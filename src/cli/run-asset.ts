import { getRawAsset } from 'node:sea'
import { Script } from 'node:vm'

type Run = typeof import('./run.ts')

/**
 * Stands in for run.ts in the single executable, where it is a script apart: help and version, which don't need it, start as
 * fast as the runtime itself. Its code cache is V8's, made when the executable was; without one it is compiled now.
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
  // It is ASCII. As a text in UTF-8 V8 would not take the cache to be its own.
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

/** An executable for another machine than the one it was made on has none. */
function codeCache(): Buffer | null {
  try {
    return Buffer.from(getRawAsset('run.cache'))
  } catch {
    return null
  }
}
