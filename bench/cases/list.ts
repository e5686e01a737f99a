import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ms, spread } from '../lib/format.ts'
import { bareNode, mathesarctl } from '../lib/process.ts'
import { interleave, type Summary } from '../lib/statistics.ts'
import { fillStore } from '../lib/store.ts'
import type { Case, Result } from '../lib/types.ts'

const ROUNDS = 21
const STORED = 10_000
const MOST_MS = 150

/** The list of an installation far larger than any, of which each user name has to be decrypted. */
export const list: Case = {
  name: 'list',
  title: 'db list',
  async run({ home: parent }) {
    const home = mkdtempSync(join(parent, 'list-'))
    await mathesarctl(['setup', '--no-input'], { home })
    await fillStore(home, STORED)
    const outputFile = join(home, 'list.json')
    const { bare, version, listed } = await interleave(ROUNDS, {
      bare: async () => (await bareNode({ home })).ms,
      version: async () => (await mathesarctl(['--version'], { home })).ms,
      listed: async () => (await mathesarctl(['db', 'list', '--json'], { home, outputFile })).ms,
    })
    const found = JSON.parse(readFileSync(outputFile, 'utf8')) as unknown[]
    if (found.length !== STORED) throw new Error(`db list showed ${found.length} databases, not ${STORED}`)
    const line = (reference: string, start: Summary): Result => ({
      what: `db list --json, ${STORED} stored databases`,
      measured: spread(listed),
      reference: `${reference}: ${spread(start)}`,
      outcome: `${ms(listed.median - start.median)} more`,
      aim: `< ${MOST_MS} ms more`,
      met: listed.median - start.median < MOST_MS,
    })
    return [line('mathesarctl --version', version), line('node -e 0', bare)]
  },
}
