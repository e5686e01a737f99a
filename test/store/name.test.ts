import { expect, it } from 'vitest'
import { checkName } from '../../src/store/index.ts'
import { resolveName } from '../../src/store/name.ts'

it.each([
  'a',
  'Library (copy)',
  'ключ',
  '日本語',
  '👩‍👩‍👧',
  '❤️',
  '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
  'é',
  "it's; --",
  'x'.repeat(128),
  '🔑'.repeat(128),
])('accepts the name %j', (name) => {
  expect(checkName(name)).toBeNull()
})

it.each([
  ['', 'at least one'],
  ['  ', 'at least one'],
  [' a', 'begin or end'],
  ['a\n', 'begin or end'],
  ['a\u00a0', 'begin or end'],
  ['a\tb', 'control'],
  ['a\u001b[31mb', 'control'],
  ['a\u0000b', 'control'],
  ['a\u2028b', 'control'],
  ['abc\u202etxt', 'control'],
  ['a\ud800b', 'valid Unicode'],
  ['a\ufffdb', 'valid Unicode'],
  ['a\u00adb', 'invisible'],
  ['a\u034fb', 'invisible'],
  ['a\u061cb', 'invisible'],
  ['a\u200bb', 'invisible'],
  ['a\u200cb', 'invisible'],
  ['a\u200db', 'invisible'],
  ['a\u2060b', 'invisible'],
  ['a\u3164b', 'invisible'],
  ['a\ufe0fb', 'invisible'],
  ['\ufeffab', 'begin or end'],
  ['a\ufeffb', 'invisible'],
  ['a\u{e0041}b', 'invisible'],
  ['👩\u200d', 'invisible'],
  ['x'.repeat(129), 'at most 128'],
])('refuses the name %j', (name, reason) => {
  expect(checkName(name)).toContain(reason)
})

it.each([
  ['an exact name', '\u00c5', ['A\u030a', '\u00c5'], '\u00c5'],
  ['the one stored name that has the same normal form', '\u00c5', ['A\u030a'], 'A\u030a'],
  ['none of several that have the same normal form', '\u00c5', ['A\u030a', '\u212b'], '\u00c5'],
])('a name means %s', (_what, given, stored, meant) => {
  expect(resolveName(given, stored)).toBe(meant)
})
