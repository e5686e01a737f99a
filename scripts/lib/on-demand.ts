import type { Plugin } from 'esbuild'

/**
 * Replacements for packages that are slow to load and rarely needed. Each loads its package at the first use:
 * esbuild evaluates a module that the code loads with require() only at that moment.
 */
const PACKAGES: Readonly<Record<string, string>> = {
  // The package compiles Unicode property patterns and creates an Intl.Segmenter, which is slower than Node's
  // start.
  'string-width': `export default (text, options) =>
    /^[\\x20-\\x7e]*$/.test(text) ? text.length : require('string-width').default(text, options)`,
  // A bundle imports external packages at its start; this one loads a native addon.
  'better-sqlite3': `export default require('better-sqlite3')`,
  // Only commands that connect to a server need the package.
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
