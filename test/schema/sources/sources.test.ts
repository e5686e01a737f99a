/** Every source of SQL keeps to the contract. */
import { expect, it, vi } from 'vitest'
import { installSchemaInto } from '../../../src/databases/schema.ts'
import { readSchemaState } from '../../../src/schema/inspect/state.ts'
import { installSchema } from '../../../src/schema/install/install.ts'
import { bundledSource } from '../../../src/schema/sources/bundled/source.ts'
import { ownedDatabase } from '../../support/database.ts'
import { as, installOptions, withSession } from '../support.ts'
import { describeSource } from './contract.ts'
import { miniatureSource } from './miniature.ts'

// The line in the index that a new source needs.
vi.mock('../../../src/schema/sources/index.ts', async (load) => {
  const original = await load<typeof import('../../../src/schema/sources/index.ts')>()
  const { MINIATURE } = await import('./miniature.ts')
  return { ...original, SCHEMA_SOURCES: [...original.SCHEMA_SOURCES, MINIATURE] }
})

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
