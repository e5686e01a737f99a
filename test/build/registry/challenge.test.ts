import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../../../src/build/registry/challenge.ts'

describe('a WWW-Authenticate field', () => {
  it('parses values in quotes, with commas and spaces in them', () => {
    const field =
      'Bearer realm="https://auth.example.org/token",service="registry.example.org",' +
      'scope="repository:owner/tool:pull,push repository:other:pull"'
    expect(parseChallenges(field)).toEqual([
      {
        scheme: 'bearer',
        parameters: {
          realm: 'https://auth.example.org/token',
          service: 'registry.example.org',
          scope: 'repository:owner/tool:pull,push repository:other:pull',
        },
      },
    ])
  })

  it.each([
    ['', []],
    ['Basic', [{ scheme: 'basic', parameters: {} }]],
    ['BASIC REALM="a \\"b\\" \\\\c"', [{ scheme: 'basic', parameters: { realm: 'a "b" \\c' } }]],
    [
      'Bearer realm = "x" , service=plain',
      [{ scheme: 'bearer', parameters: { realm: 'x', service: 'plain' } }],
    ],
    [
      'Basic realm="a", Bearer realm="b",scope="c,d"',
      [
        { scheme: 'basic', parameters: { realm: 'a' } },
        { scheme: 'bearer', parameters: { realm: 'b', scope: 'c,d' } },
      ],
    ],
    [
      'Negotiate abc123==, Basic realm="a"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'a' } },
      ],
    ],
    [
      'Negotiate, Basic realm="a"',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'a' } },
      ],
    ],
    [', ,Basic realm=""', [{ scheme: 'basic', parameters: { realm: '' } }]],
    ['Bearer realm="a",realm="b"', [{ scheme: 'bearer', parameters: { realm: 'a' } }]],
    ['Bearer realm="a', [{ scheme: 'bearer', parameters: {} }]],
    ['"', []],
  ])('parses %j', (field, challenges) => {
    expect(parseChallenges(field)).toMatchObject(challenges)
  })

  it('parses any field in linear time', () => {
    const start = performance.now()
    parseChallenges(`Bearer ${'a'.repeat(60_000)}`)
    parseChallenges(`Bearer ${'realm="'.repeat(10_000)}`)
    parseChallenges(`Bearer${' ,'.repeat(60_000)}`)
    expect(performance.now() - start).toBeLessThan(1000)
  })
})
