/** Removals of schemas in which somebody created an extension. */
import { describe, expect, it } from 'vitest'
import { dependentsOf, removeSchemaFrom } from '../../src/databases/schema.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { createRole, sql, superuserSettings } from '../support/database.ts'
import { installedDatabase, schemaOwners } from './support.ts'

/** Returns a database with the extension in `msar`, which the role that creates it owns. */
async function withExtension(creator: 'owner' | 'superuser'): Promise<ConnectionSettings> {
  const settings = await installedDatabase()
  const login = creator === 'owner' ? settings : superuserSettings(settings.database)
  await sql(settings.database, 'CREATE EXTENSION citext SCHEMA msar', [], login)
  return settings
}

const DROPPED = ['extension msar.citext inside them', 'schema msar', 'schema __msar', 'schema mathesar_types']

describe('an extension inside the schemas', () => {
  it('stops a removal, and is dropped as a whole where the operator chose to cascade', async () => {
    for (const login of ['owner', 'superuser'] as const) {
      const settings = await withExtension('owner')
      const role = login === 'owner' ? settings : superuserSettings(settings.database)
      await expect(removeSchemaFrom(role)).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
      for (const dryRun of [true, false]) {
        const removed = await removeSchemaFrom(role, { onDependents: 'cascade', dryRun })
        expect(removed).toMatchObject({ status: dryRun ? 'planned' : 'removed', dropped: DROPPED })
      }
      expect(await schemaOwners(settings.database)).toEqual({})
    }
  })

  it('of another owner stops a cascade before anything runs, with the statement that helps', async () => {
    for (const login of ['owner', 'superuser'] as const) {
      const settings = await withExtension('superuser')
      await sql(settings.database, 'CREATE TABLE public.t (v msar.citext)', [], settings)
      const role = login === 'owner' ? settings : superuserSettings(settings.database)
      const statement = 'ALTER EXTENSION citext SET SCHEMA public;'
      for (const dryRun of [true, false])
        await expect(removeSchemaFrom(role, { onDependents: 'cascade', dryRun })).rejects.toMatchObject({
          code: 'INSUFFICIENT_PRIVILEGE',
          message: expect.stringContaining('Extension "citext" in schema msar belongs to role'),
          hint: expect.stringContaining(statement),
        })
      await sql(settings.database, statement)
      expect(await removeSchemaFrom(role)).toMatchObject({ status: 'removed' })
      expect(await sql(settings.database, 'SELECT v FROM public.t')).toEqual([])
    }
  })

  it('is listed for a role that may not remove the schemas', async () => {
    const settings = await withExtension('superuser')
    const dependents = await dependentsOf({ ...settings, ...(await createRole()) })
    expect(dependents).toMatchObject([{ kind: 'own object', type: 'extension', relation: 'citext' }])
  })
})
