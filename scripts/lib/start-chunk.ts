import type { Plugin } from 'esbuild'

/**
 * Keeps what every command needs in one file. esbuild makes a chunk for each set of entries that have modules in
 * common, and each file costs Node a millisecond at every start: so each module that is loaded later, by `import()`, is
 * given all that `start` loads in common with the others.
 */
export function startChunk(start: string): Plugin {
  return {
    name: 'start-chunk',
    setup({ onResolve, onLoad, resolve }) {
      onResolve({ filter: /^/ }, async ({ path, kind, resolveDir, namespace }) => {
        if (kind !== 'dynamic-import' || namespace === 'later') return null
        const found = await resolve(path, { kind: 'import-statement', resolveDir })
        return found.external || found.path === start ? null : { path: found.path, namespace: 'later' }
      })
      onLoad({ filter: /^/, namespace: 'later' }, async ({ path }) => {
        const lines = [`import ${JSON.stringify(start)}`, `export * from ${JSON.stringify(path)}`]
        if (await hasDefault(path)) lines.push(`export { default } from ${JSON.stringify(path)}`)
        return { contents: lines.join('\n'), resolveDir: '/' }
      })
    },
  }
}

/** Only packages have default exports. */
async function hasDefault(path: string): Promise<boolean> {
  return path.includes('/node_modules/') && 'default' in ((await import(path)) as object)
}
