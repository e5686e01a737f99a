import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type Cluster, startCluster } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    cluster: Cluster
    /** A directory for the files that the test files of this run share. */
    shared: string
  }
}

/**
 * Starts one PostgreSQL server for the whole run, on which each test creates its own databases and roles.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, halt: _halt, start: _start, ...cluster } = await startCluster()
  project.provide('cluster', cluster)
  const shared = mkdtempSync(join(tmpdir(), 'mathesarctl-tests-'))
  project.provide('shared', shared)
  // The workers inherit this variable.
  process.env.MATHESARCTL_TEST_COMPILE_CACHE = join(shared, 'compile-cache')
  return async () => {
    rmSync(shared, { recursive: true, force: true })
    await stop()
  }
}
