/** Publications that include the Mathesar schemas, of whose tables some have no replica identity. */
import { describe, expect, it } from 'vitest'
import { upgradeDatabases } from '../../src/databases/upgrade/index.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import { freshPath, open } from '../store/support.ts'
import { ownedDatabase, sharedCluster, sql } from '../support/database.ts'
import { recordVersion } from '../support/earlier-install.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { installedDatabase } from './support.ts'

const release = releaseSource(releaseFiles('0.11.0'))
const ofSchemas = sharedCluster().major >= 15

describe('an upgrade where a publication has the deletes of the Mathesar schemas', () => {
  it.each([
    ['all tables', 'FOR ALL TABLES', 'Publish your own tables or schemas instead of all tables'],
    ...(ofSchemas
      ? [['the schema', 'FOR TABLES IN SCHEMA msar', 'Leave the Mathesar schemas out of it']]
      : []),
  ])('names the publication of %s, and not the release', async (_, target, way) => {
    const settings = await ownedDatabase()
    await installRelease(settings, '0.9.0')
    await sql(settings.database, `CREATE PUBLICATION everything ${target}`)
    const store = await open(freshPath())
    await store.register('one', settings, { schema: null })
    const upgrade = () => upgradeDatabases(store, { names: 'all', source: release })
    expect((await upgrade()).databases).toMatchObject([
      {
        error: {
          code: 'SCHEMA_CONFLICT',
          message: expect.stringContaining('Publication "everything" of database'),
          hint: expect.stringContaining(`Nothing was changed. ${way}.`),
        },
      },
    ])
    await sql(settings.database, 'DROP PUBLICATION everything')
    expect(await upgrade()).toMatchObject({ upgraded: 1, failed: 0 })
  })

  it('needs no other publication for the bundled SQL', async () => {
    const settings = await installedDatabase()
    await recordVersion(settings.database, '0.0.0')
    await sql(settings.database, 'CREATE PUBLICATION everything FOR ALL TABLES')
    const store = await open(freshPath())
    await store.register('one', settings, { schema: null })
    expect(await upgradeDatabases(store, { names: 'all', source: bundledSource() })).toMatchObject({
      upgraded: 1,
      failed: 0,
    })
  })
})
