import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { answers } from '../../scripts/lib/answers.ts'
import { isOwnExecutable } from '../../src/build/payloads/mathesarctl/own-executable.ts'
import { temporaryDirectory } from '../support/cli.ts'

/** Writes a file with some megabytes before and after the answers of a version. */
function fileWith(content: string | Buffer, before = 5_000_000): string {
  const path = join(temporaryDirectory(), 'file')
  writeFileSync(path, Buffer.concat([Buffer.alloc(before, 'x'), Buffer.from(content)]))
  truncateSync(path, before + content.length + 1_000_000)
  return path
}

describe('an executable of this tool', () => {
  const content = JSON.stringify(answers('1.2.3'))

  it('is recognized by the version that it prints, wherever that is in the file', async () => {
    expect(await isOwnExecutable(fileWith(content), '1.2.3')).toBe(true)
    // Across the ends of what is read at once.
    for (const before of [65_536 - 10, 1_048_576 - 10, 4_194_304 - 1, 1_048_576 - 40])
      expect(await isOwnExecutable(fileWith(content, before), '1.2.3'), String(before)).toBe(true)
  })

  it('of another version is not one of this version', async () => {
    for (const version of ['1.2.4', '1.2.30', '11.2.3', '1.2.3-rc.1'])
      expect(await isOwnExecutable(fileWith(content), version), version).toBe(false)
  })

  it('is no other program, and not its own runtime or script', async () => {
    expect(await isOwnExecutable('/bin/true', '1.2.3')).toBe(false)
    expect(await isOwnExecutable(process.execPath, '1.2.3')).toBe(false)
    expect(await isOwnExecutable(fileWith('"1.2.3\\n" mathesarctl'), '1.2.3')).toBe(false)
  })
})
