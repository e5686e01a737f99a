import { createRequire, isBuiltin } from 'node:module'
import type { Plugin } from 'esbuild'

const require = createRequire(import.meta.url)

/**
 * Takes Node's own modules by require(), and of each only what is used. An `import` of one makes Node evaluate every
 * property that it has, many of which load further modules: streams, workers, the diff of its test runner.
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
  const names = Object.keys(require(path) as object).filter((name) => /^[A-Za-z_]\w*$/.test(name))
  return [
    `const all = /* @__PURE__ */ require('${path}')`,
    'export default all',
    ...names.map((name) => `export const ${name} = /* @__PURE__ */ (() => all.${name})()`),
  ].join('\n')
}
