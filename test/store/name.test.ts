import { expect, it } from 'vitest'
import { checkName } from '../../src/store/index.ts'

it.each(['a', 'Library (copy)', 'ключ', '日本語', '👩‍👩‍👧', "it's; --", 'x'.repeat(128), '🔑'.repeat(128)])(
  'accepts the name %j',
  (name) => {
    expect(checkName(name)).toBeNull()
  },
)

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
  ['x'.repeat(129), 'at most 128'],
])('refuses the name %j', (name, reason) => {
  expect(checkName(name)).toContain(reason)
})
