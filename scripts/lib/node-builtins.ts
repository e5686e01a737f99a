import { createRequire, isBuiltin } from 'node:module'
import type { Plugin } from 'esbuild'

const require = createRequire(import.meta.url)

/** For a script that Node has no way to import() for: what is asked for at run time is taken by require(). */
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
 * Loads Node's own modules only when one of their functions is called, or at a class that is used. An `import` of one
 * would load it at once and evaluate every property that it has, many of which load further modules: streams, workers,
 * the diff of its test runner.
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

/** A module in the place of Node's. Each export is a pure expression, so that those that nobody imports are left out. */
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
  // commander would start executables as subcommands with it, and there are none.
  if (/child_process$/.test(path))
    return `{ ${names.map((name) => `get ${name}() { return load().${name} }`)} }`
  return '/* @__PURE__ */ load()'
}

/** Functions wait for their first call, unless they have properties of their own, as util.promisify's `custom` is one. */
function namedExport(name: string, value: unknown): string {
  const waits = typeof value === 'function' && /^[a-z]/.test(name) && Reflect.ownKeys(value).every(isOrdinary)
  return waits ? `(...all) => load().${name}(...all)` : `/* @__PURE__ */ (() => load().${name})()`
}

function isOrdinary(key: string | symbol): boolean {
  return key === 'length' || key === 'name' || key === 'prototype'
}
