import { describe, expect, test } from 'vitest'
import { imageTags, versionsAmong } from '../../src/build/image-tags.ts'

describe('the tags of a version', () => {
  test.each<[version: string, released: string[], tags: string[]]>([
    ['1.2.3', [], ['1.2.3', '1.2', '1', 'latest']],
    ['v1.2.3', [], ['1.2.3', '1.2', '1', 'latest']],
    // Nothing is promised from one 0.x to the next.
    ['0.3.0', [], ['0.3.0', '0.3', 'latest']],
    ['0.3.1', ['0.3.0', '0.4.0'], ['0.3.1', '0.3']],
    ['0.9.9', ['1.0.0'], ['0.9.9', '0.9']],
    ['1.0.0', ['0.9.9'], ['1.0.0', '1.0', '1', 'latest']],
    // A prerelease moves nothing, and holds back nothing.
    ['2.0.0-rc.1', ['1.9.0'], ['2.0.0-rc.1']],
    ['2.0.0-0', [], ['2.0.0-0']],
    ['1.9.1', ['2.0.0-rc.1', '1.9.0'], ['1.9.1', '1.9', '1', 'latest']],
    ['1.2.3', ['1.2.4-rc.1'], ['1.2.3', '1.2', '1', 'latest']],
    // A fix of an older line moves that line alone.
    ['1.2.4', ['1.2.3', '1.3.0'], ['1.2.4', '1.2']],
    ['1.9.1', ['1.9.0', '2.0.0'], ['1.9.1', '1.9', '1']],
    ['1.2.4', ['1.3.0', '2.0.0'], ['1.2.4', '1.2']],
    ['1.2.3', ['1.2.4'], ['1.2.3']],
    ['1.2.3', ['1.2.4', '1.3.0', '2.0.0'], ['1.2.3']],
    // A run that is repeated says the same.
    ['1.2.3', ['1.2.3', '1.2.2', '1.1.9'], ['1.2.3', '1.2', '1', 'latest']],
    ['1.2.3', ['v1.2.3', 'v1.3.0'], ['1.2.3', '1.2']],
    // Numbers, not text; and of any length.
    ['1.10.0', ['1.9.0'], ['1.10.0', '1.10', '1', 'latest']],
    ['1.9.1', ['1.10.0'], ['1.9.1', '1.9']],
    ['1.0.9007199254740993', ['1.0.9007199254740992'], ['1.0.9007199254740993', '1.0', '1', 'latest']],
    ['1.0.9007199254740992', ['1.0.9007199254740993'], ['1.0.9007199254740992']],
    // 1.20 is no part of the line 1.2, nor 10 of 1.
    ['1.2.0', ['1.20.0'], ['1.2.0', '1.2']],
    ['1.2.0', ['10.0.0'], ['1.2.0', '1.2', '1']],
  ])('the tags of %s, with %j released, are %j', (version, released, tags) => {
    expect(imageTags(version, released)).toEqual(tags)
  })

  test.each([
    '',
    'v',
    '1',
    '1.2',
    '1.2.3.4',
    '01.2.3',
    '1.2.3-',
    '1.2.3-01',
    '1.2.3-a..b',
    'V1.2.3',
    'vv1.2.3',
    ' 1.2.3',
    '1.2.3\n',
    'latest',
    '1.2.x',
    '-1.2.3',
    '1.2.3-ü',
  ])('refuses tags for %j, which is not a version', (text) => {
    expect(() => imageTags(text)).toThrowError(expect.objectContaining({ code: 'USAGE' }))
    expect(() => imageTags('1.2.3', [text])).toThrowError(expect.objectContaining({ code: 'USAGE' }))
  })

  test.each(['1.2.3+4', '1.2.3-rc.1+build.5'])('refuses tags for %s, which no tag can hold', (text) => {
    expect(() => imageTags(text)).toThrowError(/build metadata/)
  })

  test('tags have at most 128 characters, all of them allowed in a tag', () => {
    const longest = `1.2.3-${'a'.repeat(122)}`
    expect(imageTags(longest)).toEqual([longest])
    expect(() => imageTags(`${longest}a`)).toThrowError(/129 characters/)
    for (const tag of imageTags('1.2.3-RC.1-x')) expect(tag).toMatch(/^\w[\w.-]{0,127}$/)
  })

  test('tags never move back in any order of releases', () => {
    const versions = [
      '0.9.0',
      '1.0.0',
      '1.1.0-rc.1',
      '1.0.1',
      '1.1.0',
      '2.0.0',
      '1.1.1',
      '1.0.2',
      '2.0.1',
      '0.9.1',
    ]
    for (const order of permutationsOf(versions, 200)) {
      const tags = new Map<string, string>()
      order.forEach((version, index) => {
        for (const tag of imageTags(version, order.slice(0, index))) {
          const before = tags.get(tag)
          if (before !== undefined)
            expect(isHigher(version, before), `${tag}: ${before} → ${version}`).toBe(true)
          tags.set(tag, version)
        }
      })
      expect(tags.get('latest')).toBe('2.0.1')
      expect(tags.get('1')).toBe('1.1.1')
      expect(tags.get('1.0')).toBe('1.0.2')
      expect(tags.get('0.9')).toBe('0.9.1')
      expect(tags.has('0')).toBe(false)
    }
  })
})

test('leaves out of a list of tags what is not a version', () => {
  const tags = ['latest', '1', '1.2', '1.2.3', 'v1.3.0', 'edge', 'sha-0123', '', '1.2.3-rc.1', '1.2.3+4']
  expect(versionsAmong(tags)).toEqual(['1.2.3', 'v1.3.0', '1.2.3-rc.1'])
})

function isHigher(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) > 0
}

/** Orders that are the same in each run. */
function* permutationsOf(items: readonly string[], count: number): Generator<string[]> {
  let state = 1
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647
    return state % below
  }
  for (let remaining = count; remaining > 0; remaining--) {
    const order = [...items]
    for (let index = order.length - 1; index > 0; index--) {
      const other = random(index + 1)
      const [one, two] = [order[index] ?? '', order[other] ?? '']
      order[index] = two
      order[other] = one
    }
    yield order
  }
}
