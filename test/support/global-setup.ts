import type { TestProject } from 'vitest/node'
import { type Cluster, startCluster } from './postgres.ts'

declare module 'vitest' {
  interface ProvidedContext {
    cluster: Cluster
  }
}

/** One PostgreSQL server for the whole run; each test makes databases and roles of its own in it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, halt: _halt, start: _start, ...cluster } = await startCluster()
  project.provide('cluster', cluster)
  return stop
}
