import { createRequire, isBuiltin } from 'node:module'
import type { Plugin } from 'esbuild'

const require = createRequire(import.meta.url)

/**
 * Replaces import() of Node's own modules with require(), for a script in which Node does not support
 * import().
 */
export const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      isBuiltin(path) && kind === 'dynamic-import' ? { path, namespace: 'required' } : null,
    )
    onLoad({ filter: /^/, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require('${path}')`,
    }))
  },
}

/**
 * Loads Node's own modules at the first call of one of their functions, or at the first use of a class. An
 * `import` of such a module would load it at once and evaluate all of its properties, many of which load
 * further modules: streams, workers, the diff of its test runner.
 */
export const nodeBuiltins: Plugin = {
  name: 'node-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z]/ }, ({ path, namespace, kind }) => {
      if (!isBuiltin(path) || kind !== 'import-statement' || namespace === 'builtin') return null
      return { path, namespace: 'builtin', sideEffects: false }
    })
    onLoad({ filter: /^/, namespace: 'builtin' }, ({ path }) => ({ contents: standIn(path) }))
  },
}

/**
 * Returns a module that replaces Node's. Each export is a pure expression, so that esbuild drops unused
 * exports.
 */
function standIn(path: string): string {
  const builtin = require(path) as Record<string, unknown>
  const names = Object.keys(builtin).filter((name) => /^[A-Za-z_]\w*$/.test(name))
  return [
    'let loaded',
    `const load = () => (loaded ??= require('${path}'))`,
    `export default ${defaultExport(path, names)}`,
    ...names.map((name) => `export const ${name} = ${namedExport(name, builtin[name])}`),
  ].join('\n')
}

function defaultExport(path: string, names: readonly string[]): string {
  // Only commander imports this module, to start executables as subcommands, and there are none.
  if (/child_process$/.test(path))
    return `{ ${names.map((name) => `get ${name}() { return load().${name} }`)} }`
  return '/* @__PURE__ */ load()'
}

/**
 * Returns an export that loads at the first call, unless the function has own properties, as util.promisify
 * does.
 */
function namedExport(name: string, value: unknown): string {
  const isLazy =
    typeof value === 'function' && /^[a-z]/.test(name) && Reflect.ownKeys(value).every(isOrdinary)
  return isLazy ? `(...all) => load().${name}(...all)` : `/* @__PURE__ */ (() => load().${name})()`
}

function isOrdinary(key: string | symbol): boolean {
  return key === 'length' || key === 'name' || key === 'prototype'
}
