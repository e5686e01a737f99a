import { describe, expect, it } from 'vitest'
import { openSession } from '../../src/postgres/connect.ts'
import type { Session } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { ADVISORY_LOCK_SQL } from '../../src/schema/session/advisory-lock.ts'
import { COMMIT_SCRIPT } from '../../src/schema/session/transaction.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { cutSql } from '../../src/schema/sources/pieces.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { as, install, installedDatabase, installOptions, schemaOwners, withSession } from './support.ts'

const source = bundledSource()

describe('an install that is stopped', () => {
  it('an install that is stopped by the end of its server process leaves nothing', async () => {
    const settings = await ownedDatabase()
    const other = await openSession(settings, { timeoutMs: 5_000 })
    try {
      // Makes the install wait in the middle of its script.
      await other.run('BEGIN; CREATE SCHEMA mathesar_types')
      const installing = install(settings)
      installing.catch(() => {})
      await expect.poll(() => sql(settings.database, WAITING)).toHaveLength(1)
      await sql(settings.database, `SELECT pg_terminate_backend(pid) FROM (${WAITING}) waiting`)
      await expect(installing).rejects.toMatchObject({ code: 'CONNECTION_FAILED' })
    } finally {
      await other.close()
    }
    expect(await schemaOwners(settings.database)).toEqual({})
    await install(settings)
  })

  it('an install that is stopped by an error in its SQL leaves nothing, and the session can go on', async () => {
    const settings = await ownedDatabase()
    const broken = {
      ...source,
      parts: [...source.parts, { name: 'broken', ...cutSql('SELECT 1 / 0;') }],
    }
    await withSession(settings, async (session) => {
      const state = await readSchemaState(session)
      await expect(installSchema(session, broken, state, installOptions())).rejects.toMatchObject({
        details: { sqlstate: '22012' },
      })
      expect(await readSchemaState(session)).toMatchObject({ kind: 'absent', record: null, schemas: [] })
      await installSchema(session, source, state, installOptions())
    })
  })

  it('an install that is stopped at COMMIT leaves the outcome unknown; the record then proves it', async () => {
    const settings = await ownedDatabase()
    const options = installOptions()
    await withSession(settings, async (session) => {
      const state = await readSchemaState(session)
      await expect(installSchema(losingCommit(session), source, state, options)).rejects.toMatchObject({
        code: 'CONNECTION_FAILED',
        details: { data: { outcome: 'unknown', installId: options.installId } },
      })
    })
    const state = await withSession(settings, readSchemaState)
    expect(state.record?.installId).toBe(options.installId)
  })
})

describe('the advisory lock', () => {
  it('lets other work wait for the given time, and the error then names its holder', async () => {
    const settings = await installedDatabase()
    const holder = await openSession(settings, { timeoutMs: 5_000 })
    try {
      await holder.run(`BEGIN; ${ADVISORY_LOCK_SQL}`)
      const [{ pid } = { pid: 0 }] = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      const locked = {
        code: 'LOCKED',
        message: expect.stringContaining(`(process ${pid}, application mathesarctl, role "`),
        details: { data: { pid } },
      }
      await expect(install(settings, { lockTimeoutMs: 150 })).rejects.toMatchObject(locked)
      await expect(
        withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 150 })),
      ).rejects.toMatchObject(locked)
      const installing = install(settings, { lockTimeoutMs: 20_000 })
      await holder.run('COMMIT')
      await installing
    } finally {
      await holder.close()
    }
  })

  it('does not delay work on another database', async () => {
    const [one, two] = [await installedDatabase(), await ownedDatabase()]
    const holder = await openSession(one, { timeoutMs: 5_000 })
    try {
      await holder.run(`BEGIN; ${ADVISORY_LOCK_SQL}`)
      await install(two, { lockTimeoutMs: 150 })
    } finally {
      await holder.close()
    }
  })
})

it('waits for a lock on an object of the schemas no longer than the given time', async () => {
  const settings = await installedDatabase()
  const holder = await openSession(settings, { timeoutMs: 5_000 })
  try {
    await holder.run('BEGIN; DROP TYPE __msar.not_null_def CASCADE')
    const [{ pid } = { pid: 0 }] = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
    await expect(
      withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 150 })),
    ).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining(`(process ${pid}`) })
  } finally {
    await holder.close()
  }
  expect((await withSession(settings, readSchemaState)).kind).toBe('ours')
})

it('installs and removals at once leave one or the other, whole', async () => {
  const settings = await installedDatabase()
  await Promise.all([
    install(settings),
    withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 10_000 })),
    install(settings),
    withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 10_000 })),
  ])
  const { kind, schemas } = await withSession(settings, readSchemaState)
  expect([kind, schemas.length]).toEqual(kind === 'ours' ? ['ours', 3] : ['absent', 0])
})

it('the state can be read inside a read-only transaction that holds the lock', async () => {
  const settings = await installedDatabase()
  await withSession(settings, async (session) => {
    await session.run(`BEGIN READ ONLY; ${ADVISORY_LOCK_SQL}`)
    expect((await readSchemaState(session)).kind).toBe('ours')
    await session.run('COMMIT')
  })
  expect(await as(settings, 'SHOW search_path')).toEqual([{ search_path: '"$user", public' }])
})

const WAITING = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`

/** Returns a session whose connection is lost after the server has done COMMIT and before it can say so. */
function losingCommit(session: Session): Session {
  return {
    ...session,
    run: async <Row extends object>(...args: Parameters<Session['run']>) => {
      const rows = await session.run<Row>(...args)
      if (args[0] === COMMIT_SCRIPT) throw Object.assign(new Error('Connection terminated unexpectedly'))
      return rows
    },
  }
}

describe('a limit of time of the role', () => {
  it.each(['statement_timeout', 'transaction_timeout'])(
    'does not end an install that waits for a lock (%s)',
    async (setting) => {
      const settings = await ownedDatabase()
      const [known] = await sql(settings.database, 'SELECT FROM pg_settings WHERE name = $1', [setting])
      if (known === undefined) return
      await sql(settings.database, `ALTER ROLE ${settings.user} SET ${setting} = '600ms'`)
      const other = await openSession({ ...settings, options: `-c ${setting}=0` }, { timeoutMs: 5_000 })
      try {
        await other.run(`BEGIN; ${ADVISORY_LOCK_SQL}`)
        const installing = install(settings)
        installing.catch(() => {})
        await new Promise((resolve) => setTimeout(resolve, 1_500))
        await other.run('COMMIT')
        await installing
      } finally {
        await other.close()
      }
      expect(Object.keys(await schemaOwners(settings.database))).toHaveLength(3)
    },
  )
})
