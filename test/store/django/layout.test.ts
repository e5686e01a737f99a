import { describe, expect, it, onTestFinished } from 'vitest'
import { createKeyring } from '../../../src/store/credentials.ts'
import { writeRefusal } from '../../../src/store/django/layout.ts'
import { openDjango } from '../../../src/store/django/open.ts'
import { createStore } from '../../../src/store/store.ts'
import { createRole, superuserSettings } from '../../support/database.ts'
import {
  createInternalDatabase,
  type InternalDatabase,
  LEGACY_STEPS,
  MODERN_STEPS,
} from '../../support/mathesar-database.ts'
import { liveOptions, openInternal } from './support.ts'

const refusalOf = (database: Pick<InternalDatabase, 'settings'>) =>
  openInternal(database).then(
    () => null,
    (error: unknown) => error,
  )

/** Returns the range that a text such as `0.2.2 to 0.2.3` names. */
function rangeOf(text: string): { oldest: string; newest: string } {
  const [oldest = '', newest = oldest] = text.split(' to ')
  return { oldest, newest }
}

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
      const { layout } = await openInternal(await createInternalDatabase({ step }))
      expect(layout).toMatchObject({
        generation: 'modern',
        schema: 'public',
        releases: releases === null ? null : rangeOf(releases),
        unknownMigrations: [],
        missingMigrations: [],
        mayCreateSchema: true,
        otherOwners: [],
        hasJournal: false,
        isStandby: false,
        isWritable: true,
      })
      expect(layout.migrations).toHaveLength(MODERN_STEPS.indexOf(step) + 2)
      expect(layout.tables.get('mathesar_server')?.has('sslmode')).toBe(step >= '0010')
      expect(layout.tables.has('mathesar_form')).toBe(step >= '0007')
      expect(layout.nullable.has('mathesar_server.port')).toBe(step >= '0005')
      expect(layout.nullable.has('mathesar_configuredrole.password')).toBe(step >= '0003')
      expect(writeRefusal(layout, false)).toBeNull()
    },
  )

  it.each(LEGACY_STEPS)('the layout of an internal database of %s is legacy', async (step) => {
    const { layout } = await openInternal(await createInternalDatabase({ step }))
    expect(layout).toMatchObject({
      generation: 'legacy',
      releases: rangeOf('0.1.4 to 0.1.7'),
      unknownMigrations: [],
    })
    expect(writeRefusal(layout, false)).toBeNull()
  })

  it('the layout of an internal database is found in the schema that the role itself would use', async () => {
    for (const schema of ['mathesar app', 'public']) {
      const { layout } = await openInternal(await createInternalDatabase({ schema }))
      expect(layout).toMatchObject({ schema, generation: 'modern' })
    }
  })

  it('the layout of an internal database names each migration once, in the order of their application', async () => {
    const database = await createInternalDatabase({ step: '0003' })
    await database.query(
      `INSERT INTO django_migrations (app, name, applied)
       SELECT app, name, now() FROM django_migrations WHERE app IN ('mathesar', 'auth')`,
    )
    const { layout } = await openInternal(database)
    expect(layout.migrations).toEqual([
      '0001_initial',
      '0002_custom_db_server_integrity_constraints',
      '0003_v021',
    ])
    expect(layout.releases).toEqual(rangeOf('0.2.1'))
  })

  it('the layout of an internal database with an unknown migration can be read, and written only on demand', async () => {
    const database = await createInternalDatabase()
    await database.query(
      `INSERT INTO django_migrations (app, name, applied) VALUES ('mathesar', '0013_next', now()), ('auth', '0099_x', now())`,
    )
    const { layout } = await openInternal(database)
    expect(layout).toMatchObject({ generation: 'modern', unknownMigrations: ['0013_next'], releases: null })
    expect(writeRefusal(layout, false)).toMatchObject({
      reason: expect.stringContaining('0013_next'),
      hint: expect.stringContaining('--accept-unknown-layout'),
    })
    expect(writeRefusal(layout, true)).toBeNull()
  })

  it('the layout of an internal database whose migrations are not complete is not written, whatever is accepted', async () => {
    const interrupted = await createInternalDatabase({ step: '0001' })
    const { layout } = await openInternal(interrupted)
    expect(layout.missingMigrations).toEqual(['0002_custom_db_server_integrity_constraints'])
    expect(writeRefusal(layout, true)).toMatchObject({ hint: expect.stringContaining('Start Mathesar') })

    const gap = await createInternalDatabase({ step: '0005' })
    await gap.query(`DELETE FROM django_migrations WHERE app = 'mathesar' AND name = '0003_v021'`)
    expect((await openInternal(gap)).layout.missingMigrations).toEqual(['0003_v021'])

    const legacy = await createInternalDatabase({ step: 'legacy-serial' })
    await legacy.query(`DELETE FROM django_migrations WHERE name = '0006_mathesar_databases_to_model'`)
    expect((await openInternal(legacy)).layout.missingMigrations).toEqual([
      '0006_mathesar_databases_to_model',
    ])
  })

  it('the layout of an internal database is still the legacy one after a 0.2 failed to migrate it', async () => {
    const database = await createInternalDatabase({ step: 'legacy-identity' })
    // 0.2.0 skips its own 0001_initial, and fails in 0002, which changes nothing.
    const { layout } = await openInternal(database)
    expect(layout).toMatchObject({ generation: 'legacy', missingMigrations: [] })
  })
})

describe('a server that accepts no writes', () => {
  it('a server that accepts no writes can be read, and is named before anything is written', async () => {
    const database = await createInternalDatabase()
    await database.query(`ALTER ROLE ${database.settings.user} SET default_transaction_read_only = on`)
    for (const readOnly of [false, true]) {
      const { layout } = await openInternal(database, { readOnly })
      expect(writeRefusal(layout, true)).toMatchObject({
        reason: expect.stringContaining('default_transaction_read_only'),
      })
    }
    const store = createStore(
      await openDjango(
        liveOptions(database),
        createKeyring(() => 'a key'),
      ),
    )
    onTestFinished(() => store.close())
    expect(() => store.checkWritable()).toThrow(expect.objectContaining({ code: 'READ_ONLY_SERVER' }))
    const { layout } = await openInternal(await createInternalDatabase(), { readOnly: true })
    expect(writeRefusal(layout, false)).toBeNull()
    expect(writeRefusal({ ...layout, isStandby: true }, true)).toMatchObject({
      reason: expect.stringContaining('standby'),
    })
  })
})

describe('what is no internal database of a supported release', () => {
  it.each([
    ['0.1.3', /0\.1\.0 to 0\.1\.3/],
    ['testing', /0\.2\.0-testing\.1/],
    ['django', /lacks some of Mathesar's tables/],
  ] as const)('refuses the tables of %s with what they are and what to do', async (step, reason) => {
    const refusal = await refusalOf(await createInternalDatabase({ step }))
    expect(refusal).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(reason),
      hint: expect.stringMatching(/Mathesar/),
    })
  })

  it('refuses an empty database, and one with the tables of both generations', async () => {
    const empty = await createInternalDatabase({ step: 'django' })
    await empty.query('DROP TABLE django_migrations CASCADE')
    expect(await refusalOf(empty)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('does not contain the tables of a Mathesar'),
    })
    const both = await createInternalDatabase({ step: 'legacy-serial' })
    await both.query('CREATE TABLE mathesar_server (id integer)')
    expect(await refusalOf(both)).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('at once'),
    })
  })

  it('states where the tables are when they are not in the search_path of the role', async () => {
    const database = await createInternalDatabase({ schema: 'elsewhere' })
    const refusal = await refusalOf({ settings: superuserSettings(database.settings.database) })
    expect(refusal).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('in the schema "elsewhere"'),
      hint: expect.stringContaining('POSTGRES_USER'),
    })
  })

  it('states which privilege a role lacks that does not own the tables', async () => {
    const database = await createInternalDatabase()
    const settings = { ...database.settings, ...(await createRole()) }
    expect(await refusalOf({ settings })).toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      exitCode: 5,
      message: expect.stringContaining('public.django_migrations'),
    })
    await database.query(`GRANT SELECT ON django_migrations TO ${settings.user}`)
    const session = await openInternal({ settings })
    expect(session.layout).toMatchObject({ generation: 'modern', mayCreateSchema: false })
    await expect(session.query('SELECT FROM public.mathesar_server')).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      message: expect.stringMatching(/internal database .*mathesar_server/),
      details: { sqlstate: '42501' },
    })
  })
})
