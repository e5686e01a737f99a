import { ms, spread } from './format.ts'
import type { Run } from './process.ts'
import { type Summary, summarize } from './statistics.ts'
import type { Result } from './types.ts'
import type { Wire } from './wire.ts'

/** The milliseconds that each round trip takes longer: those of a server on another continent. */
export const LATENCY_MS = 100

/** The cost of a command through a wire. */
export interface NetworkCost {
  wall: Summary
  /** The highest number of any run. */
  roundTrips: number
  connections: number
}

/** Runs a command several times through the wire. It neither delays nor counts what `prepare` does. */
export async function networkCost<Subject>(
  wire: Wire,
  options: { rounds: number; latencyMs: number },
  prepare: () => Promise<Subject>,
  command: (subject: Subject) => Promise<Run>,
): Promise<NetworkCost> {
  const times: number[] = []
  let roundTrips = 0
  let connections = 0
  for (let round = 0; round < options.rounds; round++) {
    wire.setLatency(0)
    const subject = await prepare()
    wire.reset()
    wire.setLatency(options.latencyMs)
    times.push((await command(subject)).ms)
    roundTrips = Math.max(roundTrips, wire.roundTripsAfterLogin())
    connections = Math.max(connections, wire.connections())
  }
  return { wall: summarize(times), roundTrips, connections }
}

export function roundTripsResult(
  what: string,
  { roundTrips, connections }: NetworkCost,
  most: number,
): Result {
  return {
    label: `${what}, round trips after login`,
    measured: `${roundTrips}, Terminate included`,
    reference: `${connections} connection${connections === 1 ? '' : 's'}, sslmode=disable`,
    outcome: String(roundTrips),
    aim: `<= ${most}`,
    hasMetTarget: roundTrips <= most,
  }
}

/**
 * Returns the time at a latency. The kernel opens a TCP connection to the proxy before the proxy could delay
 * anything, so this adds the round trip that each connection would take.
 */
export function delayedResult(label: string, { wall, connections }: NetworkCost, mostMs: number): Result {
  const whole = wall.median + connections * LATENCY_MS
  return {
    label,
    measured: `${spread(wall)}, ${LATENCY_MS} ms added to each round trip`,
    reference: `and ${connections} x ${LATENCY_MS} ms for TCP`,
    outcome: ms(whole),
    aim: `< ${ms(mostMs)}`,
    hasMetTarget: whole < mostMs,
  }
}

export function directResult(label: string, wall: Summary): Result {
  return {
    label,
    measured: spread(wall),
    reference: '-',
    outcome: ms(wall.median),
    aim: '-',
    hasMetTarget: null,
  }
}
