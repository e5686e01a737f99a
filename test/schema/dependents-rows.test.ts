import { describe, expect, it } from 'vitest'
import { openSession } from '../../src/postgres/connect.ts'
import { listDependents } from '../../src/schema/dependents/dependents.ts'
import { readRowCounts } from '../../src/schema/dependents/row-counts.ts'
import { sql, superuserSettings } from '../support/database.ts'
import { as, installedDatabase, withSession } from './support.ts'

/** Runs work while another session of the superuser holds what it did in a transaction. */
async function during<T>(database: string, statements: string, action: () => Promise<T>): Promise<T> {
  const other = await openSession(superuserSettings(database), { timeoutMs: 5_000 })
  try {
    await other.run(`BEGIN; ${statements}`)
    return await action()
  } finally {
    await other.close()
  }
}

const countsOf = (dependents: Awaited<ReturnType<typeof listDependents>>) =>
  Object.fromEntries(
    dependents.map(({ relation, rows, counted }) => [relation, counted ? rows : { estimate: rows }]),
  )

describe('the rows of dependents', () => {
  it('the rows of dependents are not counted where the role may not read them all, nor where a table is locked', async () => {
    const settings = await installedDatabase()
    await sql(
      settings.database,
      `CREATE TABLE public.secret (email mathesar_types.email); INSERT INTO public.secret VALUES ('a@b');
       CREATE TABLE public.rls (email mathesar_types.email); INSERT INTO public.rls VALUES ('a@b');
       ALTER TABLE public.rls ENABLE ROW LEVEL SECURITY; GRANT SELECT ON public.rls TO PUBLIC;
       CREATE TABLE public.busy (email mathesar_types.email); GRANT SELECT ON public.busy TO PUBLIC;
       CREATE TABLE public.known (email mathesar_types.email); GRANT SELECT ON public.known TO PUBLIC;
       INSERT INTO public.known SELECT NULL FROM generate_series(1, 70); ANALYZE public.known;
       CREATE TABLE public.open (email mathesar_types.email); GRANT SELECT ON public.open TO PUBLIC;`,
    )
    const lock = 'LOCK TABLE public.busy, public.known IN ACCESS EXCLUSIVE MODE'
    for (const exact of [false, true]) {
      const dependents = await during(settings.database, lock, () =>
        withSession(settings, (session) => listDependents(session, { exact })),
      )
      expect(countsOf(dependents)).toEqual({
        busy: { estimate: null },
        known: { estimate: 70 },
        open: 0,
        rls: { estimate: null },
        secret: { estimate: null },
      })
    }
  })

  it('the rows of dependents are estimated for large tables, and counted all the same where exact ones are asked for', async () => {
    const settings = await installedDatabase()
    await sql(
      settings.database,
      `CREATE TABLE public.large (email mathesar_types.email, filler text) WITH (autovacuum_enabled = false);
       ALTER TABLE public.large ALTER filler SET STORAGE PLAIN;
       INSERT INTO public.large SELECT NULL, repeat('x', 7000) FROM generate_series(1, 2500);
       ANALYZE public.large; INSERT INTO public.large VALUES ('a@b');
       CREATE TABLE public.small (email mathesar_types.email);
       GRANT SELECT ON public.large, public.small TO PUBLIC`,
    )
    const list = (exact: boolean) =>
      withSession(settings, (session) => listDependents(session, { exact })).then(countsOf)
    expect(await list(false)).toEqual({ large: { estimate: 2500 }, small: 0 })
    expect(await list(true)).toEqual({ large: 2501, small: 0 })
  })

  it('the rows of dependents are counted one relation at a time, so that one that fails or is too slow costs no other its count', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `CREATE TABLE public.a (n integer); INSERT INTO public.a VALUES (1);
       CREATE TABLE public.b (n integer); CREATE TABLE public.c (n integer)`,
    )
    const oids = await as<{ oid: string }>(
      settings,
      `SELECT r::oid::text AS oid FROM unnest('{public.a,public.b,public.c}'::regclass[]) r`,
    )
    const [a, b, c] = oids.map(({ oid }) => oid)
    const all = [a, b, c, '4294967295'].filter((oid) => oid !== undefined)
    for (const exact of [false, true]) {
      const counts = await during(settings.database, 'LOCK TABLE public.b IN ACCESS EXCLUSIVE MODE', () =>
        withSession(settings, (session) => readRowCounts(session, all, { exact })),
      )
      expect([a, b, c].map((oid) => counts.get(oid ?? ''))).toEqual([
        { rows: 1, counted: true },
        { rows: null, counted: false },
        { rows: 0, counted: true },
      ])
    }
    // The session's own limit of time is over before the lock is given up.
    const counts = await during(settings.database, 'LOCK TABLE public.b IN ACCESS EXCLUSIVE MODE', () =>
      withSession(settings, async (session) => {
        await session.run(`SET statement_timeout = '300ms'`)
        return readRowCounts(session, all, { exact: true })
      }),
    )
    expect([a, b, c].map((oid) => counts.get(oid ?? '')?.counted)).toEqual([true, false, true])
  })

  it('counting the rows of dependents holds no lock once a relation is counted', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `CREATE TABLE public.a (email mathesar_types.email UNIQUE); CREATE TABLE public.b (email mathesar_types.email)`,
    )
    const locks = await withSession(settings, async (session) => {
      await session.run('BEGIN')
      await listDependents(session, { exact: true })
      return session.run(
        `SELECT relation::regclass::text FROM pg_locks WHERE relation IN ('public.a'::regclass, 'public.b'::regclass)`,
      )
    })
    expect(locks).toEqual([])
  })

  it('the rows of dependents are not asked for from another server, nor in a temporary table of another session', async () => {
    const settings = await installedDatabase()
    await sql(
      settings.database,
      `CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
       CREATE FOREIGN TABLE public.remote (email mathesar_types.email) SERVER far;
       CREATE TABLE public.parted (id integer, email mathesar_types.email) PARTITION BY LIST (id);
       CREATE FOREIGN TABLE public.part PARTITION OF public.parted DEFAULT SERVER far;
       CREATE TABLE public.near (email mathesar_types.email);
       GRANT SELECT ON public.remote, public.parted, public.part, public.near TO PUBLIC`,
    )
    const dependents = await during(
      settings.database,
      'CREATE TEMP TABLE elsewhere (email mathesar_types.email); COMMIT',
      () => withSession(settings, (session) => listDependents(session, { exact: true })),
    )
    expect(countsOf(dependents)).toEqual({
      elsewhere: { estimate: null },
      near: 0,
      parted: { estimate: null },
      remote: { estimate: null },
    })
  })

  it('the rows of a materialized view without data are not counted', async () => {
    const settings = await installedDatabase()
    await as(
      settings,
      `CREATE MATERIALIZED VIEW public.empty AS SELECT NULL::mathesar_types.email AS email WITH NO DATA;
       CREATE MATERIALIZED VIEW public.filled AS SELECT NULL::mathesar_types.email AS email`,
    )
    expect(countsOf(await withSession(settings, listDependents))).toEqual({
      empty: { estimate: null },
      filled: 1,
    })
  })
})
