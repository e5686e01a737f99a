import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCluster } from '../../test/support/postgres.ts'
import { serverTlsFiles } from '../../test/support/tls.ts'
import { mathesarctl } from './process.ts'
import type { World } from './types.ts'

/** Starts a server, creates a home directory and runs `setup` in it, and deletes all of it after `action`. */
export async function inWorld<T>(action: (world: World) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'mathesarctl-bench-'))
  try {
    const cluster = await startCluster({
      isMeasured: true,
      settings: ['ssl = on', 'autovacuum = off'],
      files: serverTlsFiles(),
    })
    const interrupted = () => void cluster.stop().finally(() => process.exit(130))
    process.once('SIGINT', interrupted)
    try {
      await mathesarctl(['setup', '--no-input'], { home })
      return await action({ home, cluster })
    } finally {
      process.off('SIGINT', interrupted)
      await cluster.stop()
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}
