import { Chalk } from 'chalk'
import { expect, it } from 'vitest'
import { locksTable, rehearsalCost, rehearsedText } from '../../src/cli/render/rehearsal.ts'

const style = new Chalk({ level: 0 })
const locks = Array.from({ length: 25 }, (_, index) => ({
  relation: `public.table_${index}`,
  mode: 'ACCESS EXCLUSIVE',
  bytes: (25 - index) * 1024 * 1024,
}))

it('shows as many locks as the limit allows, and the number and size of the rest', () => {
  const lines = locksTable(locks, { width: 60, style, limit: 20 }).split('\n')
  expect(lines).toHaveLength(22)
  expect(lines.at(-1)).toBe('and 5 more (15 MB)')
  expect(locksTable(locks, { width: 60, style, limit: 25 }).split('\n')).toHaveLength(26)
})

it('states the size of rewritten tables, and how long the rehearsal waits for a lock', () => {
  expect(rehearsalCost(0, 1500)).toBe(
    'No table is rewritten. The rehearsal waits 1.5 s for each lock, and then stops.',
  )
  expect(rehearsalCost(3 * 1024 * 1024, 1000)).toContain('3.0 MB are rewritten')
})

it('states how long a rehearsal held its locks, in two digits', () => {
  const base = { converted: [], dropped: [], notes: [], typesKept: false }
  const rehearsal = { durationMs: 125_400, lockedMs: 45, lockTimeoutMs: 1000, locks: [], notAnalyzed: [] }
  expect(rehearsedText({ ...base, rehearsal })).toContain('It ran in 125 s')
  const held = { ...rehearsal, locks: [{ relation: 'public.t', mode: 'ACCESS EXCLUSIVE' }] }
  expect(rehearsedText({ ...base, rehearsal: held })).toContain('It locked 1 relation for 0.045 s.')
})
