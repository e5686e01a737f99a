/** Every source of SQL keeps to the contract. */
import { expect, it, vi } from 'vitest'

const INDEX = '../../../src/schema/sources/index.ts'

// The line in the index that a new source needs. The test files of a worker share their modules
// (vitest.config.ts): those of src/schema are loaded again for this file, with that line, and again without
// it for the next file.
vi.doMock(INDEX, async (load) => {
  const original = await load<typeof import('../../../src/schema/sources/index.ts')>()
  const { MINIATURE } = await import('./miniature.ts')
  return { ...original, SCHEMA_SOURCES: [...original.SCHEMA_SOURCES, MINIATURE] }
})
vi.resetModules()
const { installSchemaInto } = await import('../../../src/databases/schema.ts')
const { readSchemaState } = await import('../../../src/schema/inspect/state.ts')
const { installSchema } = await import('../../../src/schema/install/install.ts')
const { bundledSource } = await import('../../../src/schema/sources/bundled/source.ts')
const { ownedDatabase } = await import('../../support/database.ts')
const { as, installOptions, withSession } = await import('../support.ts')
const { describeSource } = await import('./contract.ts')
const { miniatureSource } = await import('./miniature.ts')
vi.doUnmock(INDEX)
vi.resetModules()

describeSource(bundledSource, miniatureSource)
describeSource(miniatureSource, bundledSource)

it('does not complete an incomplete install of another source', async () => {
  const settings = await ownedDatabase()
  await withSession(settings, async (session) =>
    installSchema(session, bundledSource(), await readSchemaState(session), installOptions()),
  )
  await as(settings, 'DROP SCHEMA msar CASCADE')
  await expect(installSchemaInto(settings, { source: miniatureSource() })).rejects.toMatchObject({
    code: 'SCHEMA_CONFLICT',
  })
  expect(await installSchemaInto(settings, {})).toMatchObject({ action: 'complete' })
})
