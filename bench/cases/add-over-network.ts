import { join } from 'node:path'
import { repository } from '../../test/support/program.ts'
import { add, checkSchemas, freshDatabases } from '../lib/databases.ts'
import { delayedResult, LATENCY_MS, networkCost, roundTripsResult } from '../lib/network.ts'
import type { Case } from '../lib/types.ts'
import { startWire } from '../lib/wire.ts'

const MOST_ROUND_TRIPS = 10
const MOST_MS = 2500

/** Measures `db add` with a server that is far away. */
export const addOverNetwork: Case = {
  name: 'add-over-network',
  title: 'db add over a network',
  async run(world) {
    const fresh = await freshDatabases(world)
    const wire = await startWire(world.cluster)
    let count = 0
    const cost = (rounds: number, latencyMs: number, hasTls: boolean) =>
      networkCost(wire, { rounds, latencyMs }, fresh, async (settings) => {
        const authority = join(repository, 'test/support/tls/ca.crt')
        const run = await add(
          `network-${count++}`,
          wire.through(hasTls ? { ...settings, sslmode: 'verify-full', sslrootcert: authority } : settings),
          world,
        )
        await checkSchemas(settings, true, world)
        return run
      })
    try {
      return [
        roundTripsResult('db add', await cost(3, 0, false), MOST_ROUND_TRIPS),
        delayedResult('db add, sslmode=disable', await cost(5, LATENCY_MS, false), MOST_MS),
        delayedResult('db add, sslmode=verify-full', await cost(5, LATENCY_MS, true), MOST_MS),
      ]
    } finally {
      await wire.close()
    }
  },
}
