import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { spread, times } from '../lib/format.ts'
import { bareNode, mathesarctl } from '../lib/process.ts'
import { interleave } from '../lib/statistics.ts'
import type { Case, Result } from '../lib/types.ts'

const ROUNDS = 31
const MOST = 1.5

/**
 * Measures how long the program takes to print its version and its help, compared with a Node that does
 * nothing.
 */
export const startUp: Case = {
  name: 'start-up',
  title: 'Start-up',
  async run({ home }) {
    const cold = () => ({ home, env: { XDG_CACHE_HOME: mkdtempSync(join(home, 'cold-')) } })
    const measured = await interleave(ROUNDS, {
      bare: async () => (await bareNode({ home })).ms,
      version: async () => (await mathesarctl(['--version'], { home })).ms,
      help: async () => (await mathesarctl(['--help'], { home })).ms,
      coldVersion: async () => (await mathesarctl(['--version'], cold())).ms,
      coldHelp: async () => (await mathesarctl(['--help'], cold())).ms,
    })
    const { bare } = measured
    const line = (label: string, value: typeof bare, hasTarget: boolean): Result => ({
      label,
      measured: spread(value),
      reference: `node -e 0: ${spread(bare)}`,
      outcome: times(value.median, bare.median),
      aim: hasTarget ? `<= ${MOST} x` : '-',
      hasMetTarget: hasTarget ? value.median / bare.median <= MOST : null,
    })
    return [
      line('mathesarctl --version, compile cache warm', measured.version, true),
      line('mathesarctl --help, compile cache warm', measured.help, true),
      line('mathesarctl --version, compile cache cold', measured.coldVersion, false),
      line('mathesarctl --help, compile cache cold', measured.coldHelp, false),
    ]
  },
}
