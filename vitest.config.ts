import { readFileSync } from 'node:fs'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  plugins: [
    {
      // The bundle carries the SQL as text (scripts/build.ts); the tests of the sources need the same.
      name: 'sql-as-text',
      load(id) {
        if (!id.endsWith('.sql')) return null
        return `export default ${JSON.stringify(readFileSync(id, 'utf8'))}`
      },
    },
  ],
  test: {
    // test/system needs programs of the operating system, which .ci/run installs: it sets this variable.
    include: process.env.MATHESARCTL_TEST_SYSTEM ? ['test/system/**/*.test.ts'] : ['test/**/*.test.ts'],
    exclude: process.env.MATHESARCTL_TEST_SYSTEM ? [] : ['test/system/**'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
})
