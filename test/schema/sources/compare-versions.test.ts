import { describe, expect, it } from 'vitest'
import { compareVersions, isLaterVersion } from '../../../src/schema/sources/compare-versions.ts'

/** Each line is later than the one before; the versions of a line are equal. */
const ORDER = [
  ['0.9.0', '0.9'],
  ['0.10.1', 'v0.10.1'],
  ['0.11.0'],
  ['0.12.0.dev1', '0.12.0-dev.1'],
  ['0.12.0.dev2'],
  ['0.12.0a1', '0.12.0-alpha.1'],
  ['0.12.0-testing.0', '0.12.0-testing'],
  ['0.12.0-testing.1'],
  ['0.12.0b1', '0.12.0-beta.1'],
  ['0.12.0b2.dev1'],
  ['0.12.0b2', '0.12.0-beta.2'],
  ['0.12.0rc1.dev1'],
  ['0.12.0rc1', '0.12.0-rc.1', '0.12.0-rc1', '0.12.0-RC.1', '0.12.0c1'],
  ['0.12.0-rc.2'],
  ['0.12.0-rc.10'],
  ['0.12.0', '0.12', '0.12.0.0'],
  ['0.12.0+build.2'],
  ['0.12.0+build.10'],
  ['0.12.0.post1', '0.12.0-post1'],
  ['0.12.1-rc.1'],
  ['0.12.1'],
  ['0.100.0'],
  ['1.0.0'],
]

describe('versions', () => {
  it('compare by their numbers, then a pre-release before its release', () => {
    for (const [line, versions] of ORDER.entries()) {
      for (const [otherLine, others] of ORDER.entries()) {
        for (const one of versions) {
          for (const other of others) {
            expect(Math.sign(compareVersions(one, other)), `${one} ${other}`).toBe(
              Math.sign(line - otherLine),
            )
          }
        }
      }
    }
    expect(isLaterVersion('0.12.0-rc.1', '0.12.0')).toBe(false)
    expect(isLaterVersion('0.12.0', '0.12.0-rc.1')).toBe(true)
  })
})
