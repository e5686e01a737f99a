// Loaded with --import: puts the SQLite of Node in the place of the addon, as the single executable does.
import { registerHooks } from 'node:module'

const nodeSqlite = new URL('../../../src/store/sqlite/node-sqlite.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'better-sqlite3' ? { url: nodeSqlite, shortCircuit: true } : next(specifier, context),
})
