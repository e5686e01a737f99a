import { defineConfig } from 'vitest/config'
import { sqlModule } from './scripts/lib/sql-module.ts'

export default defineConfig({
  plugins: [
    {
      // The bundle carries the SQL cut into pieces (scripts/build.ts); the tests of the sources need the same.
      name: 'sql',
      load: (id) => (id.endsWith('.sql') ? sqlModule(id) : null),
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
