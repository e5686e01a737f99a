import { expect, test } from 'vitest'
import { checkName } from '../../src/store/index.ts'

test.each(['a', 'Library (copy)', 'ключ', '日本語', '👩‍👩‍👧', "it's; --", 'x'.repeat(128), '🔑'.repeat(128)])(
  'the name %j can be stored',
  (name) => {
    expect(checkName(name)).toBeNull()
  },
)

test.each([
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
  ['x'.repeat(129), 'at most 128'],
])('the name %j can not', (name, reason) => {
  expect(checkName(name)).toContain(reason)
})
