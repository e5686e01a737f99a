import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../../support/cli.ts'
import { liveStore, openLiveStore } from '../../support/live-store.ts'
import { createInternalDatabase, type InternalDatabase } from '../../support/mathesar-database.ts'
import { simulateApplication } from '../../support/simulated-application.ts'

const REQUEST = { host: 'db.example.com', port: 5432, database: 'library', role: 'ann', password: 'p' }

async function addLink(internal: InternalDatabase, options: string): Promise<void> {
  await internal.query(
    `INSERT INTO mathesar_downloadlink (created_at, updated_at, mash, uri, fsspec_kwargs)
     VALUES (now(), now(), 'm', 's3://bucket/file', $1::jsonb)`,
    [options],
  )
}

const linkText = async (internal: InternalDatabase) =>
  (
    await internal.query<{ text: string }>(
      'SELECT fsspec_kwargs::text AS text FROM mathesar_downloadlink ORDER BY id',
    )
  ).map(({ text }) => text)

describe('the encrypted values of a modern internal database', () => {
  it('the tokens of download links are the leaves of their options, in objects and in lists', async () => {
    const { internal, store } = await liveStore()
    const tokens = await Promise.all(['key', 'secret', 'deep', 'alone'].map((text) => internal.encrypt(text)))
    const [key, secret, deep, alone] = tokens
    await addLink(
      internal,
      `{"key": "${key}", "list": [1, "${secret}", {"client_kwargs": {"x": "${deep}"}}]}`,
    )
    await addLink(internal, `"${alone}"`)
    await addLink(internal, '{}')
    const values = await store.sealedValues()
    expect(values.map(({ kind, id, text }) => [kind, id, text])).toEqual([
      ['downloadLink', '1', key],
      ['downloadLink', '1', secret],
      ['downloadLink', '1', deep],
      ['downloadLink', '2', alone],
    ])
    await store.reseal((all) => all.map((_, at) => (at === 1 ? null : `gAAAAAnew${at}=`)))
    expect((await linkText(internal)).map((text) => JSON.parse(text))).toEqual([
      { key: 'gAAAAAnew0=', list: [1, secret, { client_kwargs: { x: 'gAAAAAnew2=' } }] },
      'gAAAAAnew3=',
      {},
    ])
  })

  it('everything else in the options of download links stays as it is', async () => {
    const { internal, store } = await liveStore()
    const token = await internal.encrypt('key')
    const others = String.raw`"big": 12345678901234567890.10, "null": null, "${token}": true, "text": "see \"${token}", "q": "\"${token}\"", "plain": "not encrypted", "back\\": "\\", "é": "\u2028"`
    await addLink(internal, `{"key": "${token}", ${others}}`)
    const [before = ''] = await linkText(internal)
    expect(await store.sealedValues()).toMatchObject([{ kind: 'downloadLink', text: token }])
    await store.reseal(() => ['gAAAAAnew='])
    expect(await linkText(internal)).toEqual([before.replace(`"key": "${token}"`, '"key": "gAAAAAnew="')])
  })

  it('roles without a password are left out, and one in plain text is listed', async () => {
    const { internal, store } = await liveStore()
    const application = simulateApplication(internal)
    await application.connect(REQUEST)
    await application.connect({ ...REQUEST, database: 'music', role: 'bob', password: null })
    await internal.query(`UPDATE mathesar_configuredrole SET password = 'by hand' WHERE name = 'ann'`)
    expect(await store.sealedValues()).toEqual([
      {
        kind: 'role',
        id: '1',
        name: 'ann@db.example.com:5432',
        databases: ['library'],
        text: 'by hand',
      },
    ])
  })

  it('waits for a row that the application writes, and includes it', async () => {
    const { internal, store } = await liveStore()
    const application = simulateApplication(internal)
    const running = await application.startConnect(REQUEST)
    const names: string[] = []
    const done = store.reseal((values) => {
      names.push(...values.filter(({ kind }) => kind === 'role').map(({ name }) => name))
      return values.map(() => null)
    })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(names).toEqual([])
    await running.finish()
    await done
    expect(names).toEqual(['ann@db.example.com:5432'])
  })

  it('names the session that holds a lock for too long, and changes nothing', async () => {
    const internal = await createInternalDatabase()
    const application = simulateApplication(internal)
    await application.connect(REQUEST)
    const store = await openLiveStore(internal, {
      live: {
        settings: internal.settings,
        connect: { timeoutMs: 10_000 },
        lockTimeoutMs: 200,
        journal: 'database',
        journalDirectory: null,
        acceptUnknownLayout: false,
      },
    })
    const before = await internal.snapshot()
    const client = await internal.connect()
    await client.query(
      "BEGIN; SET application_name = 'Mathesar Django'; UPDATE mathesar_configuredrole SET name = name",
    )
    await expect(store.reseal((values) => values.map(() => 'x'))).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('Mathesar Django'),
      details: { data: { applicationName: 'Mathesar Django', pid: expect.any(Number) } },
    })
    await client.query('ROLLBACK')
    expect(await internal.snapshot()).toEqual(before)
  })

  it('names the session that holds rows for too long, which it has only read', async () => {
    const internal = await createInternalDatabase()
    await simulateApplication(internal).connect(REQUEST)
    const store = await openLiveStore(internal, {
      live: {
        settings: internal.settings,
        connect: { timeoutMs: 10_000 },
        lockTimeoutMs: 200,
        journal: 'database',
        journalDirectory: null,
        acceptUnknownLayout: false,
      },
    })
    const client = await internal.connect()
    await client.query(
      "BEGIN; SET application_name = 'a script'; SELECT FROM mathesar_configuredrole FOR UPDATE",
    )
    const reader = await internal.connect()
    await reader.query("BEGIN; SET application_name = 'a reader'; SELECT FROM mathesar_configuredrole")
    await expect(store.reseal((values) => values.map(() => 'x'))).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringMatching(/^(?!.*a reader).*a script/),
      details: { data: { applicationName: 'a script', pid: expect.any(Number) } },
    })
  })

  it.each([
    ['TRIGGER', 'BEFORE UPDATE', '', 'P0001'],
    ['CONSTRAINT TRIGGER', 'AFTER UPDATE', 'DEFERRABLE INITIALLY DEFERRED', 'P0001'],
    ['CONSTRAINT TRIGGER', 'AFTER UPDATE', 'DEFERRABLE INITIALLY DEFERRED', '23514'],
  ])(
    'names the function of a %s of a table that raises an error %s %s (%s)',
    async (kind, when, how, state) => {
      const { internal, store } = await liveStore()
      await simulateApplication(internal).connect(REQUEST)
      await internal.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN RAISE EXCEPTION ''not now'' USING ERRCODE = ''${state}''; END';
      CREATE ${kind} refuse ${when} ON mathesar_configuredrole ${how}
        FOR EACH ROW EXECUTE FUNCTION refuse()`)
      const before = await store.sealedValues()
      const error = await store.reseal(() => ['gAAAAAnew=']).catch((reason) => reason)
      expect(error).toMatchObject({
        code: 'STORE_UNAVAILABLE',
        message: expect.stringMatching(/public\.refuse\(\).*trigger.*not now/),
      })
      expect(error.message + error.hint).not.toMatch(/event trigger/i)
      expect(await store.sealedValues()).toEqual(before)
    },
  )

  it('refuses to commit where a trigger changes what is written', async () => {
    const { internal, store } = await liveStore()
    await simulateApplication(internal).connect(REQUEST)
    await internal.query(`
      CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.password := ''spoiled''; RETURN NEW; END';
      CREATE TRIGGER spoil BEFORE UPDATE ON mathesar_configuredrole FOR EACH ROW EXECUTE FUNCTION spoil()`)
    const before = await store.sealedValues()
    await expect(store.reseal(() => ['gAAAAAnew='])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(await store.sealedValues()).toEqual(before)
  })

  it('replaces ten thousand values within seconds', async () => {
    const { internal, store } = await liveStore()
    await internal.query(`
      INSERT INTO mathesar_server (created_at, updated_at, host, port, sslmode)
        VALUES (now(), now(), 'db.example.com', 5432, 'prefer');
      INSERT INTO mathesar_configuredrole (created_at, updated_at, name, password, server_id)
        SELECT now(), now(), 'role' || n, 'gAAAAA' || repeat('x', 94), 1 FROM generate_series(1, 10000) AS n`)
    const begun = performance.now()
    await store.reseal((values) => values.map((_, at) => `gAAAAA${at}`))
    expect(performance.now() - begun).toBeLessThan(5_000)
    expect(new Set((await store.sealedValues()).map(({ text }) => text)).size).toBe(10_000)
  })

  it('the entries of both journals are included, whichever is in use', async () => {
    const internal = await createInternalDatabase()
    const live = (journal: 'database' | 'directory') => ({
      settings: internal.settings,
      connect: { timeoutMs: 10_000 },
      lockTimeoutMs: 5_000,
      journal,
      journalDirectory: directory,
      acceptUnknownLayout: false,
    })
    const directory = temporaryDirectory()
    const stores = [
      await openLiveStore(internal, { live: live('database') }),
      await openLiveStore(internal, { live: live('directory') }),
    ]
    const access = { users: ['admin'], sqlVersion: '0.0.0' }
    for (const [at, store] of stores.entries()) {
      const settings = { ...internal.settings, sslmode: 'prefer', database: `d${at}` } as const
      const held = await store.begin({ kind: 'add', name: `d${at}`, settings, access })
      await held.release()
    }
    for (const store of stores) {
      const names = (await store.sealedValues()).map(({ kind, name }) => [kind, name])
      expect(names).toEqual([
        ['operation', 'd0'],
        ['operation', 'd1'],
      ])
    }
    await stores[0]?.reseal((values) => values.map(() => 'gAAAAAnew='))
    expect((await stores[1]?.sealedValues())?.map(({ text }) => text)).toEqual(['gAAAAAnew=', 'gAAAAAnew='])
  })
})

describe('an internal database whose transactions are stricter by default', () => {
  const strict = async () => {
    const internal = await createInternalDatabase()
    const { user } = internal.settings
    await simulateApplication(internal).connect(REQUEST)
    await internal.query(`ALTER ROLE ${user} SET default_transaction_isolation = 'repeatable read'`)
    return { internal, store: await openLiveStore(internal) }
  }

  it('replaces a value that was committed while the replacement waited for the lock', async () => {
    const { internal, store } = await strict()
    const application = await internal.connect()
    await application.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    await application.query("UPDATE mathesar_configuredrole SET password = 'gAAAAAmeanwhile='")
    const seen: string[] = []
    const resealing = store.reseal((values) => {
      seen.push(...values.map(({ text }) => text))
      return values.map(() => 'gAAAAAnew=')
    })
    await waitsForLock(internal)
    await application.query('COMMIT')
    await resealing
    expect(seen).toEqual(['gAAAAAmeanwhile='])
  })

  it('plans a write again whose rows were changed while it waited for them', async () => {
    const { internal, store } = await strict()
    await store.settings('library')
    const application = await internal.connect()
    await application.query('BEGIN ISOLATION LEVEL READ COMMITTED')
    await application.query("UPDATE mathesar_server SET host = 'db2.example.com'")
    const updating = store.update('library', { password: 'new' })
    await waitsForLock(internal)
    await application.query('COMMIT')
    await updating
    expect(await store.settings('library')).toMatchObject({ host: 'db2.example.com', password: 'new' })
  })
})

async function waitsForLock(internal: InternalDatabase): Promise<void> {
  await expect
    .poll(
      async () =>
        (
          await internal.query(
            `SELECT FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
             WHERE NOT l.granted AND a.application_name = 'mathesarctl' AND a.datname = current_database()`,
          )
        ).length,
      { timeout: 10_000 },
    )
    .toBeGreaterThan(0)
}

describe('the sessions of Mathesar', () => {
  it('the sessions of Mathesar are those of its name in the same database', async () => {
    const { internal, store } = await liveStore()
    const other = await createInternalDatabase()
    expect(await store.mathesarSessions()).toEqual([])
    const names = ['Mathesar Django', 'Mathesar', 'psql', 'not Mathesar', 'mathesarctl']
    for (const name of names) {
      const client = await internal.connect()
      await client.query(`SET application_name = '${name}'`)
    }
    const elsewhere = await other.connect()
    await elsewhere.query("SET application_name = 'Mathesar Django'")
    const sessions = await store.mathesarSessions()
    expect(sessions?.map(({ applicationName }) => applicationName)).toEqual(['Mathesar Django', 'Mathesar'])
    expect(sessions?.[0]).toEqual({
      pid: expect.any(Number),
      applicationName: 'Mathesar Django',
      role: internal.settings.user,
      address: expect.any(String),
      since: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    })
  })

  it.each(['legacy-identity', '0005'] as const)(
    'the sessions of Mathesar are not known where it does not name them (%s)',
    async (step) => {
      const { store } = await liveStore({ step })
      expect(await store.mathesarSessions()).toBeNull()
    },
  )
})
