import { describe, expect, it } from 'vitest'
import { createInternalDatabase, LEGACY_STEPS, MODERN_STEPS } from '../../support/mathesar-database.ts'
import { openInternal } from './support.ts'

describe('the layout of an internal database', () => {
  it.each([
    ['0002', '0.2.0'],
    ['0003', '0.2.1'],
    ['0004', '0.2.2 to 0.2.3'],
    ['0005', '0.2.4 to 0.3.0'],
    ['0006', '0.4.0'],
    ['0007', '0.5.0'],
    ['0008', null],
    ['0009', '0.6.0 to 0.7.1'],
    ['0010', '0.8.0 to 0.9.0'],
    ['0011', '0.10.0 to 0.10.1'],
    ['0012', '0.11.0'],
  ] as const)(
    'the layout of an internal database at migration %s is modern, of release %s',
    async (step, releases) => {
      const database = await createInternalDatabase({ step })
      const { layout } = await openInternal(database)
      expect(layout).toMatchObject({
        generation: 'modern',
        schema: 'public',
        releases,
        unknownMigrations: [],
        missingMigrations: [],
        mayCreateSchema: true,
        hasJournal: false,
      })
      expect(layout.migrations).toHaveLength(MODERN_STEPS.indexOf(step) + 2)
      expect(layout.tables.get('mathesar_server')?.has('sslmode')).toBe(step >= '0010')
      expect(layout.tables.has('mathesar_form')).toBe(step >= '0007')
      expect(layout.nullable.has('mathesar_server.port')).toBe(step >= '0005')
      expect(layout.nullable.has('mathesar_configuredrole.password')).toBe(step >= '0003')
    },
  )

  it.each(LEGACY_STEPS)('the layout of an internal database of %s is legacy', async (step) => {
    const { layout } = await openInternal(await createInternalDatabase({ step }))
    expect(layout).toMatchObject({ generation: 'legacy', releases: '0.1.4 to 0.1.7', unknownMigrations: [] })
  })
})
