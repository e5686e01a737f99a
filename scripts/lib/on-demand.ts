import type { Plugin } from 'esbuild'

/**
 * Packages that are costly to load and seldom needed: what takes their place loads them when it is used. esbuild
 * evaluates a module that is taken by require() at that moment, and not before.
 */
const PACKAGES: Readonly<Record<string, string>> = {
  // Compiles Unicode property patterns and makes an Intl.Segmenter, which takes longer than Node takes to start.
  'string-width': `export default (text, options) =>
    /^[\\x20-\\x7e]*$/.test(text) ? text.length : require('string-width').default(text, options)`,
  // An import of what is not in the bundle is done at once, wherever it stands; this one loads a native addon.
  'better-sqlite3': `export default require('better-sqlite3')`,
  // Nothing of it is needed where no server is reached.
  pg: `export default {
    get Client() { return require('pg').Client },
    get DatabaseError() { return require('pg').DatabaseError },
    get escapeIdentifier() { return require('pg').escapeIdentifier },
    get escapeLiteral() { return require('pg').escapeLiteral },
  }`,
}

export const onDemand: Plugin = {
  name: 'on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z0-9-]+$/ }, ({ path, kind, resolveDir }) =>
      path in PACKAGES && kind === 'import-statement'
        ? { path, namespace: 'on-demand', pluginData: resolveDir }
        : null,
    )
    onLoad({ filter: /^/, namespace: 'on-demand' }, ({ path, pluginData: resolveDir }) => ({
      contents: PACKAGES[path] ?? '',
      resolveDir,
    }))
  },
}
