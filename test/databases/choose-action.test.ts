/** What an operator's choice does with the schemas that an earlier version of the same source installed. */
import { describe, expect, it } from 'vitest'
import { chooseAction } from '../../src/databases/choose-action.ts'
import { OperatorError } from '../../src/errors.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import type { SchemaState } from '../../src/schema/types.ts'
import { releaseFiles } from '../support/release-tree.ts'

/** Returns the state that an install of a version of the source leaves. */
function installed({ name }: SchemaSource, version: string): SchemaState {
  const record = { source: name, version, checksum: 'other', objects: 1, installId: crypto.randomUUID() }
  // Only the names of the schemas, and where they come from, decide.
  return { kind: 'ours', record, isComplete: true, schemas: [] } as unknown as SchemaState
}

describe('the schemas that an earlier version of the same source installed', () => {
  const release = releaseSource(releaseFiles('0.11.0', { size: 'small' }))
  const earlier = installed(release, '0.8.0')

  it('are upgraded to a release where the operator chose nothing, or chose to replace them', () => {
    expect(chooseAction(earlier, null, release, 'd')).toBe('upgrade')
    expect(chooseAction(earlier, 'replace', release, 'd')).toBe('upgrade')
  })

  it('stay those of the earlier release where the operator chose to adopt them', () => {
    expect(chooseAction(earlier, 'adopt', release, 'd')).toBe('keep')
  })

  it('are an error that names both releases where the operator chose to refuse them', () => {
    const refuse = () => chooseAction(earlier, 'refuse', release, 'd')
    expect(refuse).toThrow(OperatorError)
    expect(refuse).toThrow('version 0.8.0, and not of the source "release", version 0.11.0')
  })

  it('are upgraded to the bundled SQL of this program, whatever the operator chose', () => {
    const bundled = bundledSource()
    for (const choice of [null, 'adopt', 'refuse', 'replace'] as const) {
      expect(chooseAction(installed(bundled, bundled.version), choice, bundled, 'd')).toBe('upgrade')
    }
  })
})

describe('parts of the schemas of a later version', () => {
  const release = releaseSource(releaseFiles('0.11.0', { size: 'small' }))

  it.each([release, bundledSource()])('are not completed with the SQL of an earlier one: $name', (source) => {
    const parts = { ...installed(source, '9.0.0'), isComplete: false } as SchemaState
    for (const choice of [null, 'adopt', 'refuse', 'replace'] as const)
      expect(() => chooseAction(parts, choice, source, 'd')).toThrow(/9[.]0[.]0, and the SQL of .* earlier/)
    const own = { ...installed(source, source.version), isComplete: false } as SchemaState
    expect(chooseAction(own, null, source, 'd')).toBe('complete')
  })
})
