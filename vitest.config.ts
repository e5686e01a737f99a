import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { sqlModule } from './scripts/lib/sql-module.ts'

const source = fileURLToPath(new URL('src/', import.meta.url))
const nodeSqlite = join(source, 'store/sqlite/node-sqlite.ts')
const shouldUseNodeSqlite = process.env.MATHESARCTL_TEST_SQLITE === 'node'

/**
 * Tests that need neither a server nor the built program, and a few that need a server: they answer within a
 * minute.
 */
const FAST = [
  'test/*.test.ts',
  'test/api/records.test.ts',
  'test/build/{format-flags,format-order,image-tags,sign-ad-hoc,workflows}.test.ts',
  'test/build/registry/{challenge,credentials,reference}.test.ts',
  'test/cli/{dependents-table,rehearsal-text,table}.test.ts',
  'test/files/*.test.ts',
  'test/locks/*.test.ts',
  'test/postgres-layer/{dsn,settings,socket,sqlstate}.test.ts',
  'test/schema/{classify,concurrent,extraction,generated,print,roles,signatures,source,sql-module}.test.ts',
  'test/schema/casts/{boolean,numbers,text}.test.ts',
  'test/schema/dependents/disabled-keys.test.ts',
  'test/secrets/*.test.ts',
  'test/store/{databases,journal,location,many,name,open}.test.ts',
]

/** The folders of the tests that take longest. */
const LONGEST = /\/test\/(?:fault|rights|cli)\//

/** Starts the longest files first, so that no worker is left alone with one at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isLong = ({ moduleId }: TestSpecification) => LONGEST.test(moduleId)
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))]
  }
}

/** Tests of packages, with programs of the operating system: .ci/run installs these and sets the variable. */
const SYSTEM = 'test/system/**'
const isSystemRun = process.env.MATHESARCTL_TEST_SYSTEM !== undefined

const isFastLane = process.env.MATHESARCTL_TEST_LANE === 'fast'
const isSlowLane = process.env.MATHESARCTL_TEST_LANE === 'slow'

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
        shouldUseNodeSqlite && id === 'better-sqlite3' && importer?.startsWith(source) ? nodeSqlite : null,
    },
  ],
  test: {
    include: isSystemRun ? [`${SYSTEM}/*.test.ts`] : isFastLane ? FAST : ['test/**/*.test.ts'],
    exclude: isSystemRun ? [] : [SYSTEM],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/ascii-only.ts'],
    // The files of a worker share the modules that they load, for loading takes a third of a second. A test
    // that replaces a module loads all of them again (vi.resetModules).
    isolate: false,
    // The slow lane repeats more, and two suites may run beside each other.
    testTimeout: isSlowLane ? 180_000 : 60_000,
    hookTimeout: 120_000,
    // What a test waits for comes later where other tests keep the machine busy.
    expect: { poll: { timeout: 20_000 } },
    // One more than cores: tests of faults and locks wait much of their time.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
  },
})
