import { expect, onTestFinished, test } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installScript } from '../../src/schema/install/print.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import { withSession } from '../schema/support.ts'
import { cli, connectionArguments, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { preparedHome } from '../support/installed.ts'
import { isSlowLane } from '../support/lanes.ts'
import { type Passage, startProxy } from '../support/proxy.ts'
import { releaseFiles, writeReleaseTree } from '../support/release-tree.ts'
import { killAt, passagePoints } from './support.ts'

/**
 * Kills `schema install` and `schema remove` with the SQL of a release at any message: the database is as it
 * was, or done, and the same command completes it.
 */

const SMALL = { size: 'small' } as const

test.each(['install', 'remove'] as const)(
  'SIGKILL at any message of schema %s with a release leaves the database as it was or done',
  async (verb) => {
    const home = await preparedHome()
    const tree = temporaryDirectory()
    writeReleaseTree(tree, '0.11.0', SMALL)
    const direct: ConnectionSettings = await ownedDatabase()
    let handler: ((passage: Passage) => 'pass' | 'hold') | null = null
    const proxy = await startProxy({ target: direct, onPassage: (passage) => handler?.(passage) ?? 'pass' })
    onTestFinished(() => proxy.close())
    const settings = { ...direct, host: proxy.host, port: proxy.port }
    const args = ['schema', verb, ...connectionArguments(settings), '--password-stdin', '--yes', '--json']
    const line = { args: [...args, '--schema-source', tree], input: direct.password ?? '' }
    const place = {
      home,
      settings,
      arguments: () => line,
      watch: (next: ((passage: Passage) => 'pass' | 'hold') | null) => {
        handler = next
      },
    }
    const reset = () =>
      sql(
        direct.database,
        `DROP SCHEMA IF EXISTS msar, __msar, mathesar_types CASCADE;
         ${installScript(releaseSource(releaseFiles('0.8.0', SMALL)))}`,
        [],
        direct,
      )
    const done = verb === 'install' ? '0.11.0' : null
    let isLast = false
    const seen = new Set<string | null>()
    for (const point of passagePoints(isSlowLane ? 1 : 7, () => isLast)) {
      await reset()
      const { run } = await killAt(place, line, point)
      isLast = run.signal === 'SIGKILL'
      await expect.poll(() => sessions(direct.database)).toBe(0)
      const { version, drift } = await withSession(direct, schemaStatus)
      expect(['0.8.0', done]).toContain(version)
      expect(drift).toEqual([])
      if (isLast) seen.add(version)
      const again = await cli(line.args, { home, input: line.input })
      expect(again, again.stderr).toMatchObject({ status: 0 })
      expect(await withSession(direct, schemaStatus)).toMatchObject({ version: done, drift: [] })
    }
    expect(seen).toContain('0.8.0')
  },
)

/** Returns how many sessions of the program are left in a database. */
async function sessions(database: string): Promise<number> {
  const rows = await sql<{ count: number }>(
    'postgres',
    `SELECT count(*)::integer AS count FROM pg_stat_activity
     WHERE datname = '${database}' AND application_name = 'mathesarctl'`,
  )
  return rows[0]?.count ?? 0
}
