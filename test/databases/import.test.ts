import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunOptions } from '../../src/databases/events.ts'
import { type ImportInput, type ImportPlan, importDatabases } from '../../src/databases/import/index.ts'
import { installSchemaInto } from '../../src/databases/schema.ts'
import { OperatorError } from '../../src/errors.ts'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { bundledSource, releaseSource } from '../../src/schema/sources/index.ts'
import { decrypt, deriveKey, encrypt } from '../../src/secrets/fernet.ts'
import { openStore } from '../../src/store/index.ts'
import type { Access, Store } from '../../src/store/types.ts'
import { temporaryDirectory } from '../support/cli.ts'
import {
  createDatabase,
  createRole,
  ownedDatabase,
  sharedCluster,
  sql,
  superuserSettings,
  uniqueName,
} from '../support/database.ts'
import { copyInstalledDatabase } from '../support/installed-template.ts'
import { isSlowLane } from '../support/lanes.ts'
import { collectingReports, openLiveStore } from '../support/live-store.ts'
import {
  createInternalDatabase,
  type InternalDatabaseOptions,
  isModern,
  type MathesarStep,
} from '../support/mathesar-database.ts'
import { startCluster } from '../support/postgres.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { simulateApplication } from '../support/simulated-application.ts'

const KINDS = ['sqlite', 'legacy-serial', 'legacy-identity', '0002', '0005', '0012'] as const

type Kind = (typeof KINDS)[number]

/** The default lane takes each kind once as the source and once as the target. */
const PAIRS = KINDS.flatMap((from, index) =>
  KINDS.filter((_, other) => isSlowLane || other === (index + 3) % KINDS.length).map(
    (to) => [from, to] as const,
  ),
)

/** An internal database of any kind, which can be opened more than once. */
interface Ground {
  kind: Kind
  open(options?: { readOnly?: boolean; key?: string }): Promise<Store>
  /** Returns all that it contains, for comparison. */
  contents(): Promise<unknown>
}

async function ground(
  kind: Kind,
  secretKey: string = kind,
  options: InternalDatabaseOptions = {},
): Promise<Ground> {
  if (kind === 'sqlite') {
    const path = join(temporaryDirectory(), 'internal.sqlite3')
    const open: Ground['open'] = async ({ readOnly = false, key = secretKey } = {}) => {
      const store = await openStore(path, () => key, { create: !readOnly, readOnly })
      onTestFinished(() => store.close())
      return store
    }
    return { kind, open, contents: async () => readFileSync(path) }
  }
  const step: MathesarStep = kind
  const internal = await createInternalDatabase({ step, secretKey, ...options })
  return {
    kind,
    open: ({ readOnly = false, key = secretKey } = {}) =>
      openLiveStore({ ...internal, secretKey: key }, { readOnly }),
    contents: () => internal.snapshot(),
  }
}

/** Stores databases as they are, without any check. */
async function fill(
  { kind, open }: Ground,
  databases: Readonly<Record<string, ConnectionSettings>>,
  access: Partial<Access> = {},
): Promise<void> {
  const store = await open()
  for (const [name, settings] of Object.entries(databases)) {
    const isMapped = isModern(kind as MathesarStep)
    await store.register(name, settings, {
      ...(isMapped ? { access: { users: ['admin'], sqlVersion: '0.9.0', ...access } } : {}),
      schema: null,
    })
  }
  await store.close()
}

async function run(
  target: Ground,
  source: Ground,
  input: Partial<ImportInput> = {},
  options: RunOptions = {},
) {
  const store = await target.open()
  const from = await source.open({ readOnly: true })
  try {
    return await importDatabases(store, from, { names: [], ...input }, options)
  } finally {
    await from.close()
    await store.close()
  }
}

/** Expects that another run changes nothing, and warns of nothing. */
async function expectSilence(target: Ground, source: Ground): Promise<void> {
  const { warnings, ...options } = collectingReports()
  expect(await run(target, source, {}, options)).toMatchObject({ imported: 0, failed: 0 })
  expect(warnings).toEqual([])
}

describe('importing databases', () => {
  it.each(PAIRS)(
    'copies what a %s stores into a %s with another key, and changes nothing in the source',
    async (from, to) => {
      const source = await ground(from, 'the key of the source')
      const target = await ground(to, 'the key of the target')
      const [one, two] = [await ownedDatabase(), await ownedDatabase()]
      // Without nicknames, databases have their own names.
      const names = from === '0002' || to === '0002' ? [one.database, two.database] : ['Café one', 'Two']
      await fill(source, { [names[0] ?? '']: one, [names[1] ?? '']: two })
      const before = await source.contents()
      const result = await run(target, source)
      expect(result).toMatchObject({ imported: 2, failed: 0 })
      expect(result.databases.map(({ status }) => status)).toEqual(['imported', 'imported'])
      const store = await target.open()
      expect(await store.names()).toEqual(names.toSorted())
      for (const [index, settings] of [one, two].entries()) {
        const { host, port, database, user, password } = settings
        const name = names[index] ?? ''
        expect(await store.settings(name)).toMatchObject({ host, port, database, user, password })
        const record = await store.find(name)
        if (!isModern(to as MathesarStep)) continue
        expect(record?.access).toEqual([{ user: 'admin', role: user }])
        expect(record?.confirmedVersion).toBe(isModern(from as MathesarStep) ? '0.9.0' : '0.0.0')
      }
      expect(await source.contents()).toEqual(before)
      const again = await run(target, source)
      expect(again).toMatchObject({ imported: 0, failed: 0 })
      expect(again.databases.map(({ status }) => status)).toEqual(['unchanged', 'unchanged'])
    },
  )

  it('changes nothing in a dry run, and reports what the import would do', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    await fill(source, { library: await ownedDatabase() })
    const before = await target.contents()
    const result = await run(target, source, { dryRun: true })
    expect(result).toMatchObject({ imported: 0, databases: [{ status: 'planned', action: 'import' }] })
    expect(await target.contents()).toEqual(before)
  })

  it('changes nothing when the operator declines the plan', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    await fill(source, { library: await ownedDatabase() })
    const plans: ImportPlan[] = []
    const confirm = async (plan: ImportPlan) => {
      plans.push(plan)
      return false
    }
    await expect(run(target, source, { confirm })).rejects.toMatchObject({ code: 'ABORTED' })
    expect(plans).toMatchObject([{ planned: [{ name: 'library', action: 'import', users: ['admin'] }] }])
    expect(await (await target.open()).names()).toEqual([])
  })

  it('stores two roles of one database as roles of one row where databases share their servers', async () => {
    const [source, target] = [await ground('legacy-identity'), await ground('0012')]
    const owner = await ownedDatabase()
    const reader = { ...owner, ...(await createRole()) }
    await fill(source, { books: owner, 'books (reader)': reader, copy: owner })
    const { databases } = await run(target, source)
    expect(databases).toMatchObject([
      { name: 'books', sourceName: 'books', status: 'imported', user: owner.user },
      { name: 'books', sourceName: 'books (reader)', status: 'reused', user: reader.user },
      { name: 'books', sourceName: 'copy', status: 'unchanged', user: owner.user },
    ])
    const store = await target.open()
    expect(await store.find('books')).toMatchObject({
      roles: [owner.user, reader.user],
      access: [{ user: 'admin', role: owner.user }],
    })
    expect((await store.settings('books', reader.user)).password).toBe(reader.password)
    expect((await run(target, source)).databases.map(({ status }) => status)).toEqual([
      'unchanged',
      'unchanged',
      'unchanged',
    ])
  })

  it('adds a role to a database that is stored already, and gives users of no role access', async () => {
    const users = [{ username: 'admin' }, { username: 'second' }]
    const [source, target] = [await ground('sqlite'), await ground('0012', 'a key', { users })]
    const owner = await ownedDatabase()
    const reader = { ...owner, ...(await createRole()) }
    await fill(target, { library: owner })
    await fill(source, { other: reader })
    const { databases } = await run(target, source)
    expect(databases).toMatchObject([{ name: 'library', sourceName: 'other', status: 'reused' }])
    expect((await (await target.open()).find('library'))?.access).toEqual([
      { user: 'admin', role: owner.user },
      { user: 'second', role: reader.user },
    ])
  })

  it('gives the named users access, and refuses one whom Mathesar does not know', async () => {
    const users = [{ username: 'admin' }, { username: 'bob', isSuperuser: false }]
    const [source, target] = [await ground('0012'), await ground('0012', 'a key', { users })]
    const settings = await ownedDatabase()
    await fill(source, { library: settings })
    await expect(run(target, source, { users: ['eve'] })).rejects.toMatchObject({ code: 'USAGE' })
    await run(target, source, { users: ['bob'] })
    expect((await (await target.open()).find('library'))?.access).toEqual([
      { user: 'bob', role: settings.user },
    ])
  })

  it('uses the stored spelling of a server that the source spells otherwise', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    const stored = await ownedDatabase()
    const other = { ...stored, database: await createDatabase({ owner: stored.user }), host: 'localhost' }
    await fill(target, { stored: { ...stored, host: '127.0.0.1' } })
    await fill(source, {
      other,
      same: { ...stored, host: 'localhost' },
    })
    const { warnings, ...options } = collectingReports()
    const { databases } = await run(target, source, {}, options)
    expect(databases).toMatchObject([
      { name: 'other', status: 'imported', host: '127.0.0.1' },
      { name: 'stored', sourceName: 'same', status: 'unchanged' },
    ])
    expect(await (await target.open()).servers()).toHaveLength(1)
    expect(warnings.join()).toContain('stored with that spelling')
    await expectSilence(target, source)
  })

  it('stores one server for two spellings of it in the source', async () => {
    const [source, target] = [await ground('legacy-serial'), await ground('0012')]
    const one = await ownedDatabase()
    const two = await ownedDatabase()
    await fill(source, { one: { ...one, host: '127.0.0.1' }, two: { ...two, host: 'localhost' } })
    expect(await run(target, source)).toMatchObject({ imported: 2 })
    expect(await (await target.open()).servers()).toMatchObject([{ host: '127.0.0.1' }])
  })

  it('stores a server in the spelling that most rows of the source have', async () => {
    const [source, target] = [await ground('legacy-serial'), await ground('0012')]
    const owner = await ownedDatabase()
    const [second, third] = [
      await createDatabase({ owner: owner.user }),
      await createDatabase({ owner: owner.user }),
    ]
    await fill(source, {
      a: { ...owner, host: '127.0.0.1' },
      b: { ...owner, database: second, host: 'localhost' },
      c: { ...owner, database: third, host: 'localhost' },
    })
    expect(await run(target, source)).toMatchObject({ imported: 3, failed: 0 })
    expect(await (await target.open()).servers()).toMatchObject([{ host: 'localhost' }])
  })

  it('reports until an upgrade that databases need one, and not after it', async () => {
    const [source, target] = [await ground('legacy-serial'), await ground('0012')]
    const settings = await ownedDatabase()
    await fill(source, { library: settings })
    expect(await run(target, source)).toMatchObject({ imported: 1, needsUpgrade: true })
    expect(await run(target, source)).toMatchObject({ imported: 0, needsUpgrade: true })
    const store = await target.open()
    await store.setSchema('library', { source: 'release', version: '0.9.0' })
    expect(await run(target, source)).toMatchObject({ imported: 0, needsUpgrade: false })
  })

  it.each<['sqlite' | 'legacy-serial', number]>([
    ['sqlite', 0],
    ['legacy-serial', 1],
  ])('reports no upgrade of what a later Mathesar uses (into %s)', async (kind, count) => {
    const [source, target] = [await ground('0012'), await ground(kind)]
    const settings = await ownedDatabase()
    await installSchemaInto(settings, { source: releaseSource(releaseFiles('0.11.0', { size: 'small' })) })
    await fill(source, { library: settings })
    const { warnings, ...options } = collectingReports()
    expect(await run(target, source, {}, options)).toMatchObject({ imported: 1, needsUpgrade: false })
    expect(warnings.filter((text) => text.includes('A later Mathesar uses database'))).toHaveLength(count)
  })

  it('reports no upgrade where the database could not be stored', async () => {
    const [source, target] = [await ground('sqlite'), await ground('sqlite')]
    await fill(source, { library: await ownedDatabase() })
    const confirm = async () => {
      await fill(target, { library: await ownedDatabase() })
      return true
    }
    expect(await run(target, source, { confirm })).toMatchObject({
      imported: 0,
      failed: 1,
      needsUpgrade: false,
    })
  })

  it('lists a name that another database has, and stores the others', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    const settings = await ownedDatabase()
    await fill(target, { library: await ownedDatabase() })
    await fill(source, { library: settings, other: await ownedDatabase() })
    const result = await run(target, source)
    expect(result).toMatchObject({
      imported: 1,
      failed: 1,
      databases: [
        { name: 'library', status: 'failed', database: settings.database, error: { code: 'NAME_TAKEN' } },
        { name: 'other', status: 'imported' },
      ],
    })
    const asked = await run(target, source, {
      askName: async (_, check, entry) => {
        const { host, port, database, user } = settings
        expect(entry).toEqual({ name: 'library', host, port, database, user })
        expect(check('library')).not.toBeNull()
        return check('library 2') === null ? 'library 2' : null
      },
    })
    expect(asked.databases).toMatchObject([
      { name: 'library 2', sourceName: 'library', status: 'imported' },
      { name: 'other', status: 'unchanged' },
    ])
  })

  it('names a whole command that frees the name', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    await fill(target, { 'my library': await ownedDatabase() })
    await fill(source, { 'my library': await ownedDatabase() })
    const [failed] = (await run(target, source)).databases
    expect(failed?.error?.hint).toContain("\n  mathesarctl db edit 'my library' --rename NEWNAME")
  })

  it('names a whole command that protects the stored server as in the source', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    const stored = await ownedDatabase()
    const other = { ...stored, database: await createDatabase({ owner: stored.user }) }
    await fill(target, { library: { ...stored, sslmode: 'disable' } })
    await fill(source, { other: { ...other, sslmode: 'prefer' } })
    const hints: string[] = []
    const onProgress: RunOptions['onProgress'] = (event) => {
      if (event.type === 'warning') hints.push(event.hint ?? '')
    }
    expect(await run(target, source, {}, { onProgress })).toMatchObject({ imported: 1 })
    expect(hints.join()).toContain('\n  mathesarctl db edit library --sslmode prefer')
  })

  it('stores databases of one name on two servers where Mathesar has no nicknames', async () => {
    const cluster = await startCluster()
    onTestFinished(() => cluster.stop())
    const [source, target] = [await ground('sqlite'), await ground('0002')]
    const here = await ownedDatabase()
    await createDatabase({ name: here.database }, cluster)
    const there = superuserSettings(here.database, cluster)
    await fill(source, { here, there })
    expect(await run(target, source)).toMatchObject({ imported: 2, failed: 0 })
    expect((await (await target.open()).list()).map(({ database }) => database)).toEqual([
      here.database,
      here.database,
    ])
    expect(await run(target, source)).toMatchObject({ imported: 0, failed: 0 })
  })

  it('lists what can not be copied with its error, and copies the rest', async () => {
    const [source, target] = [await ground('legacy-identity'), await ground('0012')]
    const good = await ownedDatabase()
    const internal = await createInternalDatabase()
    await fill(source, {
      good,
      internal: internal.settings,
      missing: { ...good, database: uniqueName('none') },
      nowhere: { ...good, host: '', port: 0 },
      refused: { ...(await ownedDatabase()), password: 'wrong' },
      unreachable: { ...good, port: 1 },
    })
    const result = await run(target, source)
    expect(Object.fromEntries(result.databases.map((one) => [one.name, one.error?.code]))).toEqual({
      good: undefined,
      internal: 'INTERNAL_DATABASE_TARGET',
      missing: 'DATABASE_DOES_NOT_EXIST',
      nowhere: 'CONNECTION_FAILED',
      refused: 'AUTHENTICATION_FAILED',
      unreachable: 'CONNECTION_FAILED',
    })
    expect(result).toMatchObject({ imported: 1, failed: 5 })
    expect(await (await target.open()).names()).toEqual(['good'])
  })

  it.each(['sqlite', 'legacy-serial', '0012'] as const)(
    'lists credentials of a %s that its key does not open, and copies the rest',
    async (kind) => {
      const [source, target] = [await ground(kind, 'a key'), await ground('0012')]
      await fill(source, { good: await ownedDatabase() })
      const store = await source.open({ key: 'another key' })
      await expect(store.verifyKey()).rejects.toMatchObject({ code: 'SECRET_KEY_MISMATCH' })
      await store.close()
      const from = await source.open({ readOnly: true, key: 'another key' })
      const result = await importDatabases(await target.open(), from, { names: [] })
      expect(result).toMatchObject({
        failed: 1,
        databases: [{ name: 'good', status: 'failed', error: { code: 'SECRET_KEY_MISMATCH' } }],
      })
    },
  )

  it('uses the password that logs in where entries share role and server', async () => {
    const [source, target] = [await ground('legacy-identity'), await ground('0012')]
    const right = await ownedDatabase()
    const database = await createDatabase({ owner: right.user })
    await fill(source, { a: right, b: { ...right, database, password: 'old' } })
    const { warnings, ...options } = collectingReports()
    expect(await run(target, source, {}, options)).toMatchObject({ imported: 2, failed: 0 })
    const store = await target.open()
    for (const name of ['a', 'b']) expect((await store.settings(name)).password).toBe(right.password)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('because the server accepts no other')
    await expectSilence(target, source)
  })

  it('repeats a warning where one of the entries that it is about is not stored yet', async () => {
    const [source, target] = [await ground('legacy-identity'), await ground('0012')]
    const right = await ownedDatabase()
    const database = await createDatabase({ owner: right.user })
    await fill(source, { a: right, b: { ...right, database, password: 'old' } })
    expect(await run(target, source, { names: ['a'] })).toMatchObject({ imported: 1 })
    const { warnings, ...options } = collectingReports()
    expect(await run(target, source, {}, options)).toMatchObject({ imported: 1 })
    expect(warnings).toEqual([expect.stringContaining('that of the internal database in use is used')])
    await expectSilence(target, source)
  })

  it('names the source as the place of a password that the server refuses', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    await fill(source, { library: { ...(await ownedDatabase()), password: 'wrong' } })
    const [library] = (await run(target, source)).databases
    expect(library?.error?.code).toBe('AUTHENTICATION_FAILED')
    expect(library?.error?.hint).toContain('The password came from the source of the import.')
  })

  it('returns who gets access as which role, and whose password is replaced', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    const settings = await ownedDatabase()
    await fill(source, { library: settings })
    for (const dryRun of [true, false]) {
      expect((await run(target, source, { dryRun })).databases).toMatchObject([
        { name: 'library', users: ['admin'], passwordSharedWith: [] },
      ])
    }
    await sql('postgres', `ALTER ROLE ${settings.user} PASSWORD 'new'`)
    const newSource = await ground('sqlite')
    const database = await createDatabase({ owner: settings.user })
    await fill(newSource, { other: { ...settings, database, password: 'new' } })
    expect((await run(target, newSource, { dryRun: true })).databases).toMatchObject([
      { name: 'other', users: ['admin'], passwordSharedWith: ['library'] },
    ])
  })

  it('uses the newest of several passwords that log in', async () => {
    const cluster = await startCluster({ hba: ['host all all all trust'] })
    onTestFinished(() => cluster.stop())
    const [source, target] = [await ground('legacy-identity'), await ground('0012')]
    const settings = superuserSettings('postgres', cluster)
    const database = await createDatabase({}, cluster)
    await fill(source, {
      newer: { ...settings, password: 'first' },
      older: { ...settings, database, password: 'second' },
    })
    const writing = await source.open()
    await writing.update('newer', { password: 'newest' })
    const { warnings, ...options } = collectingReports()
    expect(await run(target, source, {}, options)).toMatchObject({ imported: 2 })
    const store = await target.open()
    for (const name of ['newer', 'older']) expect((await store.settings(name)).password).toBe('newest')
    expect(warnings[0]).toContain('the server accepts several')
  })

  it('keeps a stored password that logs in, and replaces one that does not', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    const settings = await ownedDatabase()
    const database = await createDatabase({ owner: settings.user })
    await fill(target, { library: settings })
    await fill(source, { other: { ...settings, database, password: 'old' } })
    expect(await run(target, source)).toMatchObject({ imported: 1, failed: 0 })
    expect((await (await target.open()).settings('other')).password).toBe(settings.password)
    await sql('postgres', `ALTER ROLE ${settings.user} PASSWORD 'new'`)
    const newSource = await ground('sqlite')
    const third = await createDatabase({ owner: settings.user })
    await fill(newSource, { third: { ...settings, database: third, password: 'new' } })
    const plans: ImportPlan[] = []
    const confirm = async (plan: ImportPlan) => plans.push(plan) > 0
    expect(await run(target, newSource, { confirm })).toMatchObject({ imported: 1 })
    expect(plans[0]?.planned).toMatchObject([{ passwordSharedWith: ['library', 'other'] }])
    expect((await (await target.open()).settings('library')).password).toBe('new')
  })

  it.each(['sqlite', 'legacy-serial', '0012'] as const)(
    'replaces a password of a %s that its key does not open, and copies the rest',
    async (kind) => {
      const [source, target] = [await ground('sqlite'), await ground(kind, 'a key')]
      const library = await ownedDatabase()
      const proof = { ...library, host: 'proof.example.com', password: 'another' }
      await fill(target, { library, proof })
      await fill(source, { library, other: await ownedDatabase() })
      const store = await target.open()
      const [key, lost] = [await deriveKey('a key'), await deriveKey('a lost key')]
      await store.reseal((values) =>
        values.map(({ text }) => {
          const opened = decrypt(text, key)
          const isPassword = opened.kind === 'decrypted' && opened.plaintext === library.password
          return isPassword ? encrypt('lost', lost) : null
        }),
      )
      await store.close()
      const { warnings, ...options } = collectingReports()
      expect((await run(target, source, {}, options)).databases).toMatchObject([
        { name: 'library', status: 'reused', error: null },
        { name: 'other', status: 'imported', error: null },
      ])
      expect(warnings.join()).toContain('The secret key does not open the stored password of role')
      expect((await (await target.open()).settings('library')).password).toBe(library.password)
    },
  )

  it.each(['sqlite', 'legacy-serial'] as const)(
    'records the schemas of a database that a run which was killed stored in a %s without them',
    async (kind) => {
      const [source, target] = [await ground('sqlite'), await ground(kind)]
      const library = await copyInstalledDatabase(sharedCluster())
      await fill(source, { library })
      await fill(target, { library })
      const before = await target.contents()
      expect((await run(target, source, { dryRun: true })).databases).toMatchObject([
        { status: 'planned', action: 'reuse' },
      ])
      expect(await target.contents()).toEqual(before)
      expect((await run(target, source)).databases).toMatchObject([{ status: 'reused' }])
      expect((await (await target.open()).find('library'))?.schema).toEqual({
        source: bundledSource().name,
        version: bundledSource().version,
      })
      expect((await run(target, source)).databases).toMatchObject([{ status: 'unchanged' }])
    },
  )

  it('copies the first role of a database alone where a row has one role', async () => {
    const [source, target] = [await ground('0012'), await ground('sqlite')]
    const owner = await ownedDatabase()
    const reader = { ...owner, ...(await createRole()) }
    const users = [{ username: 'admin' }, { username: 'bob' }]
    const shared = await ground('0012', 'a key', { users })
    await fill(shared, { library: owner })
    const store = await shared.open()
    await store.update('library', { user: reader.user, password: reader.password }, undefined, {
      users: ['bob'],
    })
    await store.close()
    const { warnings, ...options } = collectingReports()
    expect((await run(target, shared, {}, options)).databases).toMatchObject([
      { name: 'library', status: 'imported', user: owner.user },
    ])
    expect(warnings.join()).toContain(reader.user)
    await run(source, shared)
    expect((await (await source.open()).find('library'))?.roles).toEqual([owner.user, reader.user])
  })

  it('copies only the named databases, and refuses a name that the source does not have', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    await fill(source, { one: await ownedDatabase(), two: await ownedDatabase() })
    const refused = run(target, source, { names: ['three'] })
    await expect(refused).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringMatching(/^The source stores (?:"one" and "two"|"two" and "one")\.$/),
    })
    expect(await run(target, source, { names: ['two'] })).toMatchObject({ databases: [{ name: 'two' }] })
  })

  it('reports the interrupted operations of the source, and leaves them as they are', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    await fill(source, { library: await ownedDatabase() })
    const store = await source.open()
    const operation = await store.begin({ kind: 'remove', name: 'library' })
    await operation.release()
    const { warnings, ...options } = collectingReports()
    await run(target, source, {}, options)
    expect(warnings.join()).toContain('interrupted operations: on "library"')
    expect(await store.interrupted()).toHaveLength(1)
  })

  it.each(['sqlite', 'legacy-identity', '0005', '0012'] as const)(
    'copies a role without a password, which the server admits without one, into a %s',
    async (to) => {
      const cluster = await startCluster({ hba: ['host all all all trust'] })
      onTestFinished(() => cluster.stop())
      const [source, target] = [await ground('0012'), await ground(to)]
      await fill(source, { library: { ...superuserSettings('postgres', cluster), password: null } })
      expect(await run(target, source)).toMatchObject({ imported: 1, failed: 0 })
      expect((await (await target.open()).settings('library')).password).toBeNull()
      expect((await run(target, source)).databases).toMatchObject([{ status: 'unchanged' }])
    },
  )

  it('copies plain text that somebody stored by hand, and lists a damaged token', async () => {
    const internal = await createInternalDatabase({ secretKey: 'a key' })
    const target = await ground('0012')
    const [plain, damaged, good] = [await ownedDatabase(), await ownedDatabase(), await ownedDatabase()]
    const store = await openLiveStore(internal)
    const access = { users: ['admin'], sqlVersion: '0.11.0' }
    for (const [name, settings] of Object.entries({ plain, damaged, good })) {
      await store.register(name, settings, { schema: null, access })
    }
    const set = (user: string, password: string) =>
      internal.query('UPDATE mathesar_configuredrole SET password = $1 WHERE name = $2', [password, user])
    await set(plain.user, plain.password ?? '')
    await set(damaged.user, `gAAAAA${'A'.repeat(94)}`)
    const from = await openLiveStore(internal, { readOnly: true })
    const { warnings, ...options } = collectingReports()
    const result = await importDatabases(await target.open(), from, { names: [] }, options)
    expect(warnings.filter((text) => text.includes('Not encrypted in the source'))).toEqual([
      expect.stringContaining(`"${plain.user}@`),
    ])
    expect(result).toMatchObject({
      imported: 2,
      databases: [
        { name: 'damaged', status: 'failed', user: damaged.user, error: { code: 'SECRET_KEY_MISMATCH' } },
        { name: 'good', status: 'imported' },
        { name: 'plain', status: 'imported' },
      ],
    })
    const { password } = await (await target.open()).settings('plain')
    expect(password).toBe(plain.password)
  })

  it.each(['sqlite', 'legacy-serial', '0012'] as const)(
    'uses what another run stores in a %s while the operator decides',
    async (to) => {
      const [source, target] = [await ground('sqlite'), await ground(to)]
      await fill(source, { library: await ownedDatabase(), shop: await ownedDatabase() })
      const confirm = async () => {
        await run(target, source, { names: ['library'] })
        return true
      }
      const { databases } = await run(target, source, { confirm })
      const [library, shop] = databases
      // Mathesar's own rows are written again as they are.
      expect(['imported', 'unchanged']).toContain(library?.status)
      expect(shop).toMatchObject({ name: 'shop', status: 'imported' })
      expect(await (await target.open()).names()).toEqual(['library', 'shop'])
    },
  )

  it.each(['legacy-serial', '0012'] as const)(
    'reports a database as imported by one of several runs at the same time into a %s',
    async (to) => {
      const [source, target] = [await ground('sqlite'), await ground(to)]
      const settings = await ownedDatabase()
      const names = ['a', 'b', 'c', 'd']
      const databases = await Promise.all(names.map(() => createDatabase({ owner: settings.user })))
      await fill(
        source,
        Object.fromEntries(names.map((name, at) => [name, { ...settings, database: databases[at] ?? '' }])),
      )
      const runs = await Promise.all([run(target, source), run(target, source)])
      expect(runs.map(({ failed }) => failed)).toEqual([0, 0])
      const statuses = runs.flatMap((one) => one.databases).map(({ status }) => status)
      expect(statuses.filter((status) => status === 'imported')).toHaveLength(names.length)
    },
  )

  it('reports how far it came when it is interrupted, and does the rest when it runs again', async () => {
    const [source, target] = [await ground('sqlite'), await ground('0012')]
    await fill(source, { one: await ownedDatabase(), two: await ownedDatabase() })
    const controller = new AbortController()
    const onResult = () => controller.abort(new OperatorError('ABORTED', 'Interrupted.', ''))
    const running = run(target, source, { onResult }, { signal: controller.signal })
    await expect(running).rejects.toMatchObject({
      code: 'ABORTED',
      message: 'Interrupted after 1 of 2 entries. Run the same command again to import the rest.',
    })
    expect(await (await target.open()).names()).toEqual(['one'])
    expect((await run(target, source)).databases.map(({ status }) => status)).toEqual([
      'unchanged',
      'imported',
    ])
  })

  it('counts what Mathesar keeps about the databases and the import does not copy', async () => {
    const internal = await createInternalDatabase()
    const store = await openLiveStore(internal)
    const access = { users: ['admin'], sqlVersion: '0.11.0' }
    await store.register('library', await ownedDatabase(), { schema: null, access })
    await simulateApplication(internal).work({ server: 1, database: 1, role: 1 })
    const from = await openLiveStore(internal, { readOnly: true })
    const { notCopied } = await importDatabases(await (await ground('0012')).open(), from, { names: [] })
    expect(notCopied).toMatchObject({ access: 1, explorations: 1, tableSettings: 1, columnSettings: 1 })
    expect(notCopied).not.toHaveProperty('roles')
  })

  it('warns once of a host by which a source on another machine means itself', async () => {
    const [source, target] = [await ground('0012'), await ground('0012')]
    const settings = { ...(await ownedDatabase()), host: 'localhost' }
    const database = await createDatabase({ owner: settings.user })
    await fill(source, { one: settings, two: { ...settings, database } })
    const { warnings, ...options } = collectingReports()
    await run(target, source, { isSourceElsewhere: true }, options)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('means the machine or the container that it runs in')
  })
})
