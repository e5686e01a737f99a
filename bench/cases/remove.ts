import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { add, checkSchemas, freshDatabases, remove } from '../lib/databases.ts'
import { delayedResult, directResult, LATENCY_MS, networkCost, roundTripsResult } from '../lib/network.ts'
import { summarize } from '../lib/statistics.ts'
import type { Case } from '../lib/types.ts'
import { startWire } from '../lib/wire.ts'

const ROUNDS = 15
const MOST_ROUND_TRIPS = 10
const MOST_MS = 2500

/** Measures `db remove --remove-schema` with a server on this machine and with one far away. */
export const removeWithSchema: Case = {
  name: 'remove',
  title: 'db remove --remove-schema',
  async run(world) {
    const fresh = await freshDatabases(world)
    const wire = await startWire(world.cluster)
    let count = 0
    const added = async (reach: (settings: ConnectionSettings) => ConnectionSettings) => {
      const settings = await fresh()
      const name = `remove-${count++}`
      await add(name, reach(settings), world)
      return { name, settings }
    }
    const removed = async ({ name, settings }: { name: string; settings: ConnectionSettings }) => {
      const run = await remove(name, world)
      await checkSchemas(settings, false, world)
      return run
    }
    const cost = (rounds: number, latencyMs: number) =>
      networkCost(wire, { rounds, latencyMs }, () => added(wire.through), removed)
    try {
      const direct: number[] = []
      for (let round = 0; round < ROUNDS; round++)
        direct.push((await removed(await added((settings) => settings))).ms)
      return [
        directResult('db remove --remove-schema, server on this machine', summarize(direct)),
        roundTripsResult('db remove --remove-schema', await cost(3, 0), MOST_ROUND_TRIPS),
        delayedResult('db remove --remove-schema, sslmode=disable', await cost(5, LATENCY_MS), MOST_MS),
      ]
    } finally {
      await wire.close()
    }
  },
}
