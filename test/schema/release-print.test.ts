/** The script of a release's SQL that `schema print` prints. */
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installScript } from '../../src/schema/install/print.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import { ownedDatabase, superuserSettings } from '../support/database.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { as, installedDatabase, withSession } from './support.ts'

const SMALL = { size: 'small' } as const
const script = (version: string, how = {}) => installScript(releaseSource(releaseFiles(version, SMALL)), how)
const statusOf = (settings: ConnectionSettings) => withSession(settings, schemaStatus)

describe('the printed script of a release', () => {
  it('installs the release, upgrades an earlier one, and may be repeated', async () => {
    const settings = await ownedDatabase()
    for (const version of ['0.8.0', '0.11.0', '0.11.0']) {
      await as(settings, script(version))
      expect(await statusOf(settings)).toMatchObject({
        installed: true,
        source: 'release',
        version,
        drift: [],
      })
    }
    expect(script('0.11.0')).toBe(script('0.11.0'))
  })

  it('refuses the schemas of a later release, whatever may be replaced', async () => {
    const settings = await ownedDatabase()
    await as(settings, script('0.11.0'))
    for (const replace of [false, true])
      await expect(as(settings, script('0.9.0', { replace }))).rejects.toMatchObject({ code: '42P06' })
    expect(await statusOf(settings)).toMatchObject({ version: '0.11.0', drift: [] })
  })

  it('takes the place of schemas of others, as an install does', async () => {
    const foreign = await ownedDatabase()
    await installRelease(foreign, '0.8.0', SMALL)
    for (const settings of [foreign, await installedDatabase()]) {
      await as(settings, 'CREATE TABLE public.t (mail mathesar_types.email)')
      await as(settings, script('0.11.0'))
      expect(await statusOf(settings)).toMatchObject({ source: 'release', version: '0.11.0', drift: [] })
      await as(settings, script('0.11.0', { replace: true }))
      expect(await statusOf(settings)).toMatchObject({ source: 'release', version: '0.11.0', drift: [] })
    }
  })

  it('refuses to replace what a user put inside the schemas', async () => {
    const settings = await ownedDatabase()
    await as(settings, script('0.8.0'))
    await as(settings, 'CREATE TABLE msar.notes ()')
    for (const replace of [false, true])
      await expect(as(settings, script('0.11.0', { replace }))).rejects.toMatchObject({ code: '2BP01' })
    expect(await statusOf(settings)).toMatchObject({ version: '0.8.0' })
  })

  it('refuses to run as another role than the owner, and leaves the settings of the session', async () => {
    const settings = await ownedDatabase()
    await withSession(settings, async (session) => {
      await session.run(script('0.11.0'))
      expect(await session.run('SHOW client_min_messages')).toEqual([{ client_min_messages: 'notice' }])
    })
    await expect(as(superuserSettings(settings.database), script('0.11.0'))).rejects.toMatchObject({
      code: '42501',
    })
    expect(await withSession(settings, readSchemaState)).toMatchObject({ kind: 'ours', isComplete: true })
  })
})
