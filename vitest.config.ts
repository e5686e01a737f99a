import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { sqlModule } from './scripts/lib/sql-module.ts'

const source = fileURLToPath(new URL('src/', import.meta.url))
const nodeSqlite = join(source, 'store/sqlite/node-sqlite.ts')
const useNodeSqlite = process.env.MATHESARCTL_TEST_SQLITE === 'node'

export default defineConfig({
  plugins: [
    {
      // As scripts/build.ts bundles it: a `.sql` file as text, or with `?pieces` cut into pieces.
      name: 'sql',
      enforce: 'pre',
      load: (id) => (/\.sql(?:\?pieces)?$/.test(id) ? sqlModule(id) : null),
    },
    {
      name: 'python',
      load: (id) =>
        id.endsWith('.py') ? `export default ${JSON.stringify(readFileSync(id, 'utf8'))}` : null,
    },
    {
      // As in the single executable; the tests themselves look at files with another SQLite, the addon's.
      name: 'node-sqlite',
      enforce: 'pre',
      resolveId: (id, importer) =>
        useNodeSqlite && id === 'better-sqlite3' && importer?.startsWith(source) ? nodeSqlite : null,
    },
  ],
  test: {
    // test/system needs programs of the operating system, which .ci/run installs: it sets this variable.
    include: process.env.MATHESARCTL_TEST_SYSTEM ? ['test/system/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: process.env.MATHESARCTL_TEST_SYSTEM ? [] : ['test/system/**'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/ascii-only.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
