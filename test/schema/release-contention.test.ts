/** Installs of a release beside a release's own installer, which takes no lock. */
import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../src/postgres/types.ts'
import { readSchemaState } from '../../src/schema/inspect/state.ts'
import { schemaStatus } from '../../src/schema/inspect/status.ts'
import { installSchema } from '../../src/schema/install/install.ts'
import { releaseSource } from '../../src/schema/sources/index.ts'
import { cutSql } from '../../src/schema/sources/pieces.ts'
import type { SchemaSource } from '../../src/schema/sources/types.ts'
import type { InstallOptions, SchemaRecord } from '../../src/schema/types.ts'
import { ownedDatabase } from '../support/database.ts'
import { installRelease } from '../support/release-states.ts'
import { releaseFiles } from '../support/release-tree.ts'
import { as, installOptions, waiting, withSession } from './support.ts'

const SMALL = { size: 'small' } as const
const release = releaseSource(releaseFiles('0.11.0', SMALL))

function install(
  settings: ConnectionSettings,
  source: SchemaSource = release,
  options: Partial<InstallOptions> = {},
): Promise<SchemaRecord> {
  return withSession(settings, async (session) =>
    installSchema(session, source, await readSchemaState(session), installOptions(options)),
  )
}

/** Returns the release with a statement more, at its end. */
function withStatement(statement: string): SchemaSource {
  return { ...release, parts: [...release.parts, { name: 'more', ...cutSql(statement) }] }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('an install beside the installer of a release', () => {
  it.each([null, '0.8.0'])('succeeds, and leaves one whole install, over %s', async (earlier) => {
    for (const delay of [0, 30, 90]) {
      const settings = await ownedDatabase()
      if (earlier !== null) await installRelease(settings, earlier, SMALL)
      const theirs = pause(delay).then(() => installRelease(settings, '0.11.0', SMALL))
      theirs.catch(() => {})
      const record = await install(settings, release, { lockTimeoutMs: 20_000 })
      await theirs.catch(() => {})
      const state = await withSession(settings, readSchemaState)
      expect(state.kind).toMatch(/^(ours|foreign)$/)
      // Whoever was last: the installer of the release leaves no record of ours.
      if (state.kind === 'ours') expect(state.record).toEqual(record)
      if (state.kind === 'ours')
        expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true, drift: [] })
    }
  })

  it('begins again where the other one commits first, reports that, and takes its place', async () => {
    const settings = await ownedDatabase()
    const retries: [number, number][] = []
    await withSession(settings, async (other) => {
      await other.run('BEGIN; CREATE SCHEMA msar')
      const ours = install(settings, release, { onRetry: (...attempt) => retries.push(attempt) })
      ours.catch(() => {})
      await expect.poll(() => waiting(settings.database)).toBe(true)
      await other.run('COMMIT')
      await ours
    })
    expect(retries).toEqual([[2, 5]])
    expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true, drift: [] })
  })

  it('begins again after a deadlock with another session', async () => {
    const settings = await ownedDatabase()
    await install(settings)
    await as(settings, 'CREATE TABLE public.a (); CREATE TABLE public.b ()')
    const retries: number[] = []
    await withSession(settings, async (other) => {
      await other.run('BEGIN; LOCK TABLE public.b')
      const ours = install(settings, withStatement('LOCK TABLE public.a; LOCK TABLE public.b;'), {
        onRetry: (attempt) => retries.push(attempt),
      })
      ours.catch(() => {})
      await expect.poll(() => waiting(settings.database)).toBe(true)
      // The server ends one of the two.
      await other.run('LOCK TABLE public.a; COMMIT').catch(() => other.run('ROLLBACK'))
      await ours
    })
    expect(retries.length).toBeLessThanOrEqual(1)
    expect(await withSession(settings, readSchemaState)).toMatchObject({ kind: 'ours', isComplete: true })
  })

  it('begins again where it waits for a session that waits for it', async () => {
    const settings = await ownedDatabase()
    await install(settings)
    await as(settings, 'CREATE TABLE public.a (); CREATE TABLE public.b ()')
    const retries: number[] = []
    await withSession(settings, async (other) => {
      await other.run('BEGIN; LOCK TABLE public.b')
      const ours = install(settings, withStatement('LOCK TABLE public.a; SELECT pg_sleep(0.5);'), {
        onRetry: (attempt) => retries.push(attempt),
        lockTimeoutMs: 60_000,
      })
      ours.catch(() => {})
      await expect.poll(() => waiting(settings.database)).toBe(true)
      await other.run('LOCK TABLE public.a; COMMIT')
      await ours
    })
    expect(retries).toEqual([2])
    expect(await withSession(settings, readSchemaState)).toMatchObject({ kind: 'ours', isComplete: true })
  })

  it('gives up after five attempts, as locked, and leaves nothing', async () => {
    const settings = await ownedDatabase()
    const attempts: number[] = []
    const source = withStatement(
      `DO $$ BEGIN RAISE EXCEPTION 'tuple concurrently updated' USING ERRCODE = 'XX000'; END $$;`,
    )
    await expect(
      install(settings, source, { onRetry: (attempt) => attempts.push(attempt) }),
    ).rejects.toMatchObject({ code: 'LOCKED', message: expect.stringContaining('5 attempts failed') })
    expect(attempts).toEqual([2, 3, 4, 5])
    expect(await withSession(settings, readSchemaState)).toMatchObject({ kind: 'absent', schemas: [] })
  })

  it('does not begin again where rows of a user conflict, or the SQL itself is wrong', async () => {
    const settings = await ownedDatabase()
    await as(settings, 'CREATE TABLE public.t (n integer PRIMARY KEY); INSERT INTO public.t VALUES (1)')
    for (const statement of ['INSERT INTO public.t VALUES (1);', 'SELEC 1;', 'SELECT 1 / 0;']) {
      const attempts: number[] = []
      await expect(
        install(settings, withStatement(statement), { onRetry: (attempt) => attempts.push(attempt) }),
      ).rejects.toMatchObject({ code: expect.stringMatching(/./) })
      expect(attempts).toEqual([])
    }
  })

  it('keeps what another run of this program installed meanwhile', async () => {
    const settings = await ownedDatabase()
    const [one, two] = await Promise.all([
      install(settings, release, { lockTimeoutMs: 20_000 }),
      install(settings, release, { lockTimeoutMs: 20_000 }),
    ])
    expect(one).toEqual(two)
    expect(await withSession(settings, schemaStatus)).toMatchObject({ installed: true, drift: [] })
  })

  it('refuses where another run installed a later release meanwhile', async () => {
    const settings = await ownedDatabase()
    await withSession(settings, async (session) => {
      const state = await readSchemaState(session)
      await install(settings)
      const earlier = releaseSource(releaseFiles('0.8.0', SMALL))
      await expect(installSchema(session, earlier, state, installOptions())).rejects.toMatchObject({
        code: 'SCHEMA_CONFLICT',
      })
    })
  })
})
