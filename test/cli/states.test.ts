/** What the commands say and do where a database has what releases of Mathesar leave. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { cli, connectionArguments, document, errorOf, type Run, temporaryDirectory } from '../support/cli.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { ALL_SCHEMAS, add, mathesarSchemas, preparedHome, remove, storedNames } from '../support/installed.ts'
import { writeReleaseTree } from '../support/release-tree.ts'
import {
  HSTORE_CASTS,
  MSAR_DROPPED,
  RELEASE_0_11,
  RELEASE_0_11_UPGRADED,
  type StandIn,
  standInSql,
  TYPES_ONLY,
  UNFINISHED_REMOVAL,
  upgradeSql,
} from '../support/stand-ins.ts'
import { DOWN, ENTER, startTerminal, UP } from '../support/terminal.ts'

async function createStandIn(standIn: StandIn): Promise<ConnectionSettings> {
  const settings = await ownedDatabase()
  await sql(settings.database, standInSql(standIn), [], settings)
  return settings
}

/** Runs a `schema` command on a database that is not stored. */
function schema(command: string, settings: ConnectionSettings, ...flags: string[]): Promise<Run> {
  return cli(['schema', command, ...connectionArguments(settings), ...flags], {
    home: temporaryDirectory(),
    env: { PGPASSWORD: settings.password ?? '' },
  })
}

const REMAINS: [string, StandIn, string, RegExp][] = [
  ['types only', TYPES_ONLY, 'types', /only the types of an earlier install/],
  [
    'an unfinished removal',
    UNFINISHED_REMOVAL,
    'removal',
    /only what an unfinished removal by a Mathesar has left/,
  ],
  [
    'msar dropped by hand',
    MSAR_DROPPED,
    'msar missing',
    /the schemas of Mathesar 0\.9\.0 to 0\.11\.0 without the functions of msar/,
  ],
]

describe('remains', () => {
  test.each(REMAINS)(
    'remains of %s are not reported as an installation',
    async (_, standIn, remains, words) => {
      const settings = await createStandIn(standIn)
      const status = await schema('status', settings, '--json')
      expect(document(status)).toMatchObject({ installed: false, state: 'remains', remains })
      expect((await schema('status', settings)).stdout).toMatch(words)
    },
  )

  test.each(REMAINS)(
    'remains of %s fail a test of the stored database',
    async (_, standIn, _remains, words) => {
      const home = await preparedHome()
      const settings = await ownedDatabase()
      await add('x', settings, { home })
      await sql(settings.database, 'DROP SCHEMA msar, __msar, mathesar_types CASCADE')
      await sql(settings.database, standInSql(standIn), [], settings)
      const run = await cli(['db', 'test', 'x', '--json'], { home })
      expect(run.status).toBe(8)
      expect(document(run)).toMatchObject([
        {
          ok: false,
          schema: null,
          error: { code: 'SCHEMA_CONFLICT', message: expect.stringMatching(words) },
        },
      ])
    },
  )

  test('remains that are types only are completed by db add, and refused with --existing-schema refuse', async () => {
    const home = await preparedHome()
    const settings = await createStandIn(TYPES_ONLY)
    const refused = await add('x', settings, { home, flags: ['--existing-schema', 'refuse'] })
    expect([refused.status, errorOf(refused).code]).toEqual([8, 'SCHEMA_CONFLICT'])
    const planned = await add('x', settings, { home, flags: ['--dry-run'] })
    expect(document(planned)).toMatchObject({ status: 'planned', schemaAction: 'complete' })
    const plannedWords = await cli(
      ['db', 'add', 'x', ...connectionArguments(settings), '--password-stdin', '--dry-run'],
      { home, input: settings.password ?? '' },
    )
    expect(plannedWords.stderr).toContain('keep the Mathesar schemas that are there')
    const added = await add('x', settings, { home })
    expect(document(added)).toMatchObject({ status: 'added', schemaAction: 'complete' })
    expect(await mathesarSchemas(settings.database)).toEqual(ALL_SCHEMAS)
    expect((await cli(['db', 'test', 'x'], { home })).status).toBe(0)
  })

  test.each(REMAINS.slice(1))(
    'remains of %s are never adopted, but can be replaced or removed',
    async (_, standIn, _remains, words) => {
      const home = await preparedHome()
      const settings = await createStandIn(standIn)
      for (const flags of [
        [],
        ['--existing-schema', 'adopt'],
        ['--existing-schema', 'refuse'],
        ['--dry-run'],
      ]) {
        const run = await add('x', settings, { home, flags })
        expect([flags, run.status, errorOf(run).code]).toEqual([flags, 8, 'SCHEMA_CONFLICT'])
        expect(errorOf(run).message).toMatch(words)
        expect(errorOf(run).hint).toContain('--existing-schema replace')
      }
      expect(await storedNames(home)).toEqual([])
      expect(errorOf(await schema('install', settings, '--json'))).toMatchObject({ code: 'SCHEMA_CONFLICT' })
      const replaced = await add('x', settings, { home, flags: ['--existing-schema', 'replace'] })
      expect(document(replaced)).toMatchObject({ status: 'added', schemaAction: 'replace' })
      expect((await cli(['db', 'test', 'x'], { home })).status).toBe(0)

      const other = await createStandIn(standIn)
      const removed = await schema('remove', other, '--yes', '--json')
      expect(document(removed)).toMatchObject({ status: 'removed' })
      expect(await mathesarSchemas(other.database)).toEqual([])
    },
  )
})

describe('the schemas of a later Mathesar', () => {
  test.each<[string, StandIn]>([
    ['a clean install', RELEASE_0_11],
    ['an upgrade', RELEASE_0_11_UPGRADED],
  ])('the schemas of a later Mathesar after %s are named and left untouched', async (_, standIn) => {
    const home = await preparedHome()
    const settings = await createStandIn(standIn)
    const release = { oldest: '0.9.0', newest: '0.11.0' }
    expect(document(await schema('status', settings, '--json'))).toMatchObject({
      installed: true,
      state: 'foreign',
      source: null,
      release,
    })
    expect((await schema('status', settings)).stdout).toContain('installed by Mathesar 0.9.0 to 0.11.0')
    const installed = await schema('install', settings)
    expect([installed.status, installed.stderr]).toEqual([
      0,
      expect.stringContaining('(Mathesar 0.9.0 to 0.11.0). Nothing was changed.'),
    ])
    const run = await cli(['db', 'add', 'x', ...connectionArguments(settings), '--password-stdin'], {
      home,
      input: settings.password ?? '',
    })
    expect(run.stderr).toContain('(those of Mathesar 0.9.0 to 0.11.0) were left untouched')
    expect((await cli(['db', 'test', 'x'], { home })).status).toBe(0)
  })

  test('the schemas of a later Mathesar cause the same warning before a replacement as before a removal, in a dry run too', async () => {
    const home = await preparedHome()
    const settings = await createStandIn(RELEASE_0_11)
    const warning = expect.stringContaining(
      'mathesarctl did not install these schemas (they are those of Mathesar 0.9.0 to 0.11.0); a ' +
        'Mathesar that uses them will no longer work on this database.',
    )
    const flags = ['--existing-schema', 'replace', '--dry-run']
    expect(document(await add('x', settings, { home, flags }))).toMatchObject({ warnings: [warning] })
    expect(document(await schema('install', settings, ...flags, '--json'))).toMatchObject({
      status: 'planned',
      warnings: [warning],
    })
    expect(document(await schema('remove', settings, '--dry-run', '--json'))).toMatchObject({
      status: 'planned',
      warnings: [warning],
    })
    const refused = await schema('install', settings, '--existing-schema', 'refuse', '--json')
    expect(errorOf(refused)).toMatchObject({ code: 'SCHEMA_CONFLICT' })
    expect(document(await schema('install', settings, ...flags.slice(0, 2), '--json'))).toMatchObject({
      action: 'replace',
      warnings: [warning],
    })
  })

  test('the schemas of a later Mathesar are not reported as those of the record, which survives their upgrade', async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    await add('x', settings, { home })
    const keptFunctions = ['mathesar_types.uri_authority(text)']
    await sql(settings.database, upgradeSql(keptFunctions), [], settings)
    const text = (await schema('status', settings)).stdout
    expect(text).toContain('installed by Mathesar 0.9.0 to 0.11.0')
    expect(text).toMatch(/record +out of date: bundled/)
    expect(document(await schema('status', settings, '--json'))).toMatchObject({
      state: 'foreign',
      source: null,
      version: null,
      staleRecord: { source: 'bundled' },
    })
    const refused = await schema('install', settings, '--existing-schema', 'refuse', '--json')
    expect([refused.status, errorOf(refused).code]).toEqual([8, 'SCHEMA_CONFLICT'])
    expect(document(await schema('install', settings, '--json'))).toMatchObject({
      status: 'unchanged',
      action: 'adopt',
    })
    expect(document(await cli(['db', 'test', 'x', '--json'], { home }))).toMatchObject([
      { ok: true, schema: { source: 'adopted', version: null } },
    ])
  })

  test('the schemas of a later Mathesar are removed together with the casts from hstore that 0.1 left, which status reports', async () => {
    const home = await preparedHome()
    const settings = await createStandIn(RELEASE_0_11)
    await sql(settings.database, HSTORE_CASTS)
    const status = await schema('status', settings)
    expect(status.stderr).toContain('7 casts from hstore that Mathesar 0.1 left')
    expect(status.stderr).toContain('DROP FUNCTION')
    expect(
      document<{ hstoreCasts: string[] }>(await schema('status', settings, '--json')).hstoreCasts,
    ).toHaveLength(7)
    await add('x', settings, { home })
    const removed = await remove('x', { home, flags: ['--remove-schema'] })
    expect(document(removed)).toMatchObject({ schemaRemoved: true })
    expect(await mathesarSchemas(settings.database)).toEqual([])
  })
})

test('db add offers at a terminal to replace remains with the bundled schemas', async () => {
  const home = await preparedHome()
  const settings = await createStandIn(UNFINISHED_REMOVAL)
  const target = connectionArguments(settings)
  const env = { PGPASSWORD: settings.password ?? '' }
  const terminal = startTerminal(['db', 'add', 'x', ...target], { home, env })
  await terminal.see('Password')
  terminal.type(ENTER)
  await terminal.see('only what an unfinished removal')
  await terminal.see('What do you want to do?')
  await terminal.see('navigate')
  for (let step = 0; step < 9; step++) terminal.type(UP)
  await terminal.see('❯ Replace what is left')
  terminal.type(ENTER)
  await terminal.see(/the bundled\s+schemas replace them/)
  await terminal.answer('Add this database?', 'y')
  await terminal.see('Added "x"')
  expect((await terminal.ended()).status).toBe(0)
  expect((await cli(['db', 'test', 'x'], { home })).status).toBe(0)
})

describe('db add at a terminal, on a database with the SQL of a release that mathesarctl installed', () => {
  const start = async () => {
    const home = await preparedHome()
    const settings = await ownedDatabase()
    const release = join(home, 'release')
    writeReleaseTree(release, '0.11.0', { size: 'small' })
    const env = { PGPASSWORD: settings.password ?? '' }
    const target = connectionArguments(settings)
    const installing = await cli(['schema', 'install', ...target, '--schema-source', release], { home, env })
    expect(installing.status).toBe(0)
    const terminal = startTerminal(['db', 'add', 'x', ...target], { home, env })
    await terminal.see('Password')
    terminal.type(ENTER)
    await terminal.see(/those\s+of the source "release"/)
    await terminal.see('What do you want to do?')
    await terminal.see('❯ Keep these schemas as they are')
    expect(terminal.screen()).not.toContain('--existing-schema')
    const status = async () => document(await cli(['schema', 'status', 'x', '--json'], { home }))
    return { terminal, status }
  }

  test('keeps the schemas', async () => {
    const { terminal, status } = await start()
    terminal.type(ENTER)
    await terminal.answer('Add this database?', 'y')
    await terminal.see('Added "x"')
    expect((await terminal.ended()).status).toBe(0)
    expect(await status()).toMatchObject({ source: 'release', version: '0.11.0' })
  })

  test('replaces the schemas, after it said what that means', async () => {
    const { terminal, status } = await start()
    terminal.type(DOWN)
    await terminal.see('❯ Replace these schemas')
    await terminal.see(/Another Mathesar that uses these\s+schemas no longer works/)
    terminal.type(ENTER)
    await terminal.answer('Add this database?', 'y')
    await terminal.see('Added "x"')
    expect((await terminal.ended()).status).toBe(0)
    expect(await status()).toMatchObject({ source: 'bundled' })
  })

  test('ends with status 8 where the operator gives up', async () => {
    const { terminal } = await start()
    terminal.type(`Give up${ENTER}`)
    expect((await terminal.ended()).status).toBe(8)
  })
})
