import type { Plugin } from 'esbuild'

/**
 * Loads `string-width` only when a text is measured that is not plain ASCII: it compiles Unicode property patterns and
 * makes an Intl.Segmenter as it loads, which takes longer than Node takes to start. esbuild evaluates an ES module that
 * is taken by require() at that moment, and not before.
 */
export const widthOnDemand: Plugin = {
  name: 'width-on-demand',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^string-width$/ }, ({ path, kind, resolveDir }) =>
      kind === 'import-statement' ? { path, namespace: 'on-demand', pluginData: resolveDir } : null,
    )
    onLoad({ filter: /^/, namespace: 'on-demand' }, ({ pluginData: resolveDir }) => ({
      contents: `export default (text, options) =>
        /^[\\x20-\\x7e]*$/.test(text) ? text.length : require('string-width').default(text, options)`,
      resolveDir,
    }))
  },
}
