import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ms, spread } from '../lib/format.ts'
import { bareNode, mathesarctl } from '../lib/process.ts'
import { interleave, type Summary } from '../lib/statistics.ts'
import { fillStore } from '../lib/store.ts'
import type { Case, Result } from '../lib/types.ts'

const ROUNDS = 21
const MANY = 10_000
const FEW = 100
const MOST_MS = 150

/**
 * Measures `db list`, which decrypts each user name, for an installation that is far larger than any real
 * one, and for usual ones.
 */
export const list: Case = {
  name: 'list',
  title: 'db list',
  async run({ home: parent }) {
    const stored = async (count: number) => {
      const home = mkdtempSync(join(parent, 'list-'))
      await mathesarctl(['setup', '--no-input'], { home })
      await fillStore(home, count)
      const outputFile = join(home, 'list.json')
      const listed = async () => (await mathesarctl(['db', 'list', '--json'], { home, outputFile })).ms
      await listed()
      const { length } = JSON.parse(readFileSync(outputFile, 'utf8')) as unknown[]
      if (length !== count) throw new Error(`db list showed ${length} databases, not ${count}`)
      return listed
    }
    const home = parent
    const measured = await interleave(ROUNDS, {
      bare: async () => (await bareNode({ home })).ms,
      version: async () => (await mathesarctl(['--version'], { home })).ms,
      none: await stored(0),
      few: await stored(FEW),
      many: await stored(MANY),
    })
    const { version, bare } = measured
    const line = (count: number, wall: Summary, start: Summary, name: string, hasTarget = false): Result => ({
      label: `db list --json, ${count} stored databases`,
      measured: spread(wall),
      reference: `${name}: ${spread(start)}`,
      outcome: `${ms(wall.median - start.median)} more`,
      aim: hasTarget ? `< ${MOST_MS} ms more` : '-',
      hasMetTarget: hasTarget ? wall.median - start.median < MOST_MS : null,
    })
    return [
      line(0, measured.none, version, 'mathesarctl --version'),
      line(FEW, measured.few, version, 'mathesarctl --version'),
      line(MANY, measured.many, version, 'mathesarctl --version', true),
      line(MANY, measured.many, bare, 'node -e 0', true),
    ]
  },
}
