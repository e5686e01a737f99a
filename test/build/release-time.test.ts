import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { releaseTime } from '../../src/build/payloads/mathesarctl/about.ts'
import { temporaryDirectory } from '../support/cli.ts'

it('dates a version at the start of its day, so that no artifact of that day lies in the future', () => {
  const root = temporaryDirectory()
  writeFileSync(join(root, 'CHANGELOG.md'), '# Changelog\n\n## 1.2.0 (2026-11-30)\n\n## 1.1.0 (2026-11-29)\n')
  const time = releaseTime({ root, version: '1.2.0' })
  expect(new Date(time * 1000).toISOString()).toBe('2026-11-30T00:00:00.000Z')
})
