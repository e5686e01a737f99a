import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sqlModule } from '../../scripts/lib/sql-module.ts'

describe('an import of a file of SQL', () => {
  let directory: string
  const moduleOf = (script: string, suffix = ''): unknown => {
    const file = join(directory, 'query.sql')
    writeFileSync(file, script)
    return JSON.parse(sqlModule(file + suffix).replace(/^export default /, ''))
  }

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'mathesarctl-sql-'))
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  it('yields the text without lines that are a comment alone', () => {
    expect(moduleOf("-- What it is for.\nSELECT '-- a'\n  -- why\n  AS b -- c\n")).toBe(
      "SELECT '-- a'\n  AS b -- c",
    )
  })

  it('yields pieces that are the file when joined, if it asks for them', () => {
    const script = '-- One.\nCREATE TYPE t AS ();\n'
    expect(moduleOf(script, '?pieces')).toEqual({ objects: 1, pieces: [{ sql: script, objects: 1 }] })
  })

  it('refuses a character that is not ASCII', () => {
    expect(() => moduleOf('SELECT 1 -- …')).toThrow('"…"')
  })
})
