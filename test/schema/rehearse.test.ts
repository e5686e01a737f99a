import { describe, expect, it, onTestFinished } from 'vitest'
import { openSession } from '../../src/postgres/connect.ts'
import type { ConnectionSettings, Session } from '../../src/postgres/types.ts'
import { planLocks } from '../../src/schema/removal/locks.ts'
import { rehearseRemoval, removeSchema } from '../../src/schema/removal/remove.ts'
import { surveyRemoval } from '../../src/schema/removal/survey.ts'
import type { DependentsStrategy, Rehearsal, Removal } from '../../src/schema/types.ts'
import { sql, superuserSettings } from '../support/database.ts'
import { describe as describeCopy, installedCopy, serverVersion } from './dependents/support.ts'
import { as, withSession } from './support.ts'

const TIMEOUT_MS = 1_000

interface Mode {
  name: string
  strategy: DependentsStrategy
  keepTypes?: boolean
}

const CONVERT: Mode = { name: 'that converts', strategy: 'convert' }
const MODES: readonly Mode[] = [
  CONVERT,
  { name: 'that cascades', strategy: 'cascade' },
  { name: 'that keeps the types', strategy: 'refuse', keepTypes: true },
]

/** Something of each kind that a removal has to touch. */
const TABLES = `
CREATE TABLE countries (code text PRIMARY KEY);
INSERT INTO countries VALUES ('x@y.z'), ('u@v.w');
CREATE TABLE people (id int PRIMARY KEY, mail mathesar_types.email UNIQUE, price mathesar_types.multicurrency_money,
  home mathesar_types.email REFERENCES countries (code) DEFERRABLE INITIALLY DEFERRED,
  CHECK (mail::text <> ''));
INSERT INTO people SELECT i, 'a' || i || '@b.c', ROW(i, 'EUR')::mathesar_types.multicurrency_money, 'x@y.z'
  FROM generate_series(1, 500) i;
CREATE TABLE letters (sender mathesar_types.email REFERENCES people (mail), body text);
INSERT INTO letters VALUES ('a1@b.c', 'hello');
CREATE VIEW mails AS SELECT id, mail FROM people;
CREATE VIEW more_mails AS SELECT mail FROM mails;
CREATE MATERIALIZED VIEW kept AS SELECT mail FROM people;
CREATE TABLE visits (day int, guest mathesar_types.email) PARTITION BY RANGE (day);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES FROM (1) TO (100);
INSERT INTO visits VALUES (5, 'a1@b.c');
CREATE TABLE staff (room int) INHERITS (people);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE OF mail ON people FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE letters ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON letters USING (sender = current_user);
CREATE RULE quiet AS ON DELETE TO letters DO INSTEAD NOTHING;
CREATE STATISTICS on_people ON id, mail FROM people;
CREATE TABLE other (id int, mail text);
-- The figures that a test compares must not change by themselves.
SET CONSTRAINTS ALL IMMEDIATE;
DO $$ DECLARE name regclass; BEGIN
  FOR name IN SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm') LOOP
    EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name);
  END LOOP;
END $$;
ANALYZE;
-- More than PostgreSQL has noted of the tables.
INSERT INTO people SELECT i, 'a' || i || '@b.c', ROW(i, 'EUR')::mathesar_types.multicurrency_money, 'x@y.z'
  FROM generate_series(501, 3000) i;
INSERT INTO letters SELECT 'a1@b.c', 'hello' FROM generate_series(1, 2000);
REFRESH MATERIALIZED VIEW kept;
`

async function inUse(): Promise<ConnectionSettings> {
  const settings = await installedCopy()
  await as(settings, TABLES)
  return settings
}

function rehearse(session: Session, mode: Mode): Promise<Removal & { rehearsal: Rehearsal }> {
  return rehearseRemoval(session, { lockTimeoutMs: TIMEOUT_MS, ...mode })
}

/** Returns a session that calls `look` right before it sends ROLLBACK. */
function beforeRollback(session: Session, look: () => Promise<void>): Session {
  return {
    ...session,
    run: async (script, onNotice) => {
      if (script === 'ROLLBACK;') await look()
      return session.run(script, onNotice)
    },
  }
}

/**
 * Returns the locks of sessions of this program on relations, as another session sees them: before the
 * removal's own changes.
 */
async function locksSeen({ database }: ConnectionSettings): Promise<Map<string, string>> {
  const rows = await sql<{ relation: string; mode: string }>(
    database,
    `SELECT format('%I.%I', n.nspname, c.relname) AS relation, l.mode
     FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_stat_activity a ON a.pid = l.pid AND a.application_name = 'mathesarctl'
     WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND l.granted AND c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND l.mode <> 'AccessShareLock'`,
  )
  const strongest = new Map<string, string>()
  for (const { relation, mode } of rows) {
    const name = mode === 'AccessExclusiveLock' ? 'ACCESS EXCLUSIVE' : mode
    if (strongest.get(relation) !== 'ACCESS EXCLUSIVE') strongest.set(relation, name)
  }
  return strongest
}

/**
 * All that the description of the objects leaves out: what PostgreSQL itself notes of its relations, and
 * their files.
 */
async function filesAndFigures({ database }: ConnectionSettings): Promise<Record<string, unknown>> {
  const rows = await sql<{ relname: string }>(
    database,
    `SELECT c.oid, c.relname, pg_relation_filenode(c.oid) AS file, c.relpages, c.reltuples, c.relallvisible,
       s.last_analyze::text, s.analyze_count, s.n_mod_since_analyze, s.n_live_tup
     FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE c.relnamespace = 'public'::regnamespace ORDER BY 1`,
  )
  return Object.fromEntries(rows.map((row) => [`pg_class ${row.relname}`, row]))
}

describe.each(MODES)('the rehearsal of a removal $name', (mode) => {
  it('leaves catalog, rows, files and figures as they were, and no lock', async () => {
    const settings = await inUse()
    const whole = { without: ['none'] }
    const before = { ...(await describeCopy(settings, whole)), ...(await filesAndFigures(settings)) }
    await withSession(settings, async (session) => {
      await rehearse(session, mode)
      expect(await locksSeen(settings)).toEqual(new Map())
    })
    const after = { ...(await describeCopy(settings, whole)), ...(await filesAndFigures(settings)) }
    for (const [section, rows] of Object.entries(before))
      expect([section, after[section]]).toEqual([section, rows])
  })

  it('announces the very locks that another session sees, and reports them', async () => {
    const settings = await inUse()
    await withSession(settings, async (session) => {
      const { locks: planned } = await planLocks(session, mode)
      let seen = new Map<string, string>()
      const { rehearsal } = await rehearse(
        beforeRollback(session, async () => {
          seen = await locksSeen(settings)
        }),
        mode,
      )
      expect(new Map(planned.map(({ relation, mode }) => [relation, mode]))).toEqual(seen)
      expect(new Map(rehearsal.locks.map(({ relation, mode }) => [relation, mode]))).toEqual(seen)
      for (const { relation, bytes } of planned) {
        const [row] = await sql<{ bytes: number }>(
          settings.database,
          'SELECT pg_total_relation_size($1::regclass)::float8 AS bytes',
          [relation],
        )
        expect([relation, bytes]).toEqual([relation, row?.bytes])
      }
    })
  })

  it('does what the removal then does', async () => {
    const settings = await inUse()
    const { rehearsal: _, ...rehearsed } = await withSession(settings, (session) => rehearse(session, mode))
    const removed = await withSession(settings, (session) =>
      removeSchema(session, { lockTimeoutMs: TIMEOUT_MS, ...mode }),
    )
    expect(rehearsed).toEqual(removed)
  })

  it('stops waiting for a lock as soon as its timeout is over', async () => {
    const settings = await inUse()
    const other = await openSession(settings, { timeoutMs: 5_000 })
    onTestFinished(() => other.close())
    await other.run(`BEGIN; LOCK TABLE ${mode.keepTypes ? 'other' : 'people'} IN ACCESS EXCLUSIVE MODE`)
    const started = performance.now()
    await expect(
      withSession(settings, (session) => rehearseRemoval(session, { ...mode, lockTimeoutMs: 200 })),
    ).rejects.toMatchObject({ code: 'LOCKED' })
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})

describe('a rehearsal', () => {
  it('announces as many locks outside the schemas as the plan does', async () => {
    const settings = await inUse()
    await withSession(settings, async (session) => {
      const survey = await surveyRemoval(session)
      for (const strategy of ['convert', 'cascade'] as const) {
        const { locks } = await planLocks(session, { strategy })
        const outside = locks.filter(({ relation }) => !/^(__msar|msar|mathesar_types)[.]/.test(relation))
        expect(survey[strategy].lockedRelations, strategy).toBe(outside.length)
      }
    })
  })

  it('announces the size of exactly the files that are written anew', async () => {
    const settings = await inUse()
    await withSession(settings, async (session) => {
      const files = () =>
        session.run<{ name: string; file: number; bytes: number }>(
          `SELECT n.nspname || '.' || c.relname AS name, pg_relation_filenode(c.oid) AS file,
             pg_total_relation_size(c.oid)::float8 AS bytes
           FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'm') AND n.nspname = 'public'`,
        )
      const survey = await surveyRemoval(session)
      const { filledBytes } = await planLocks(session, CONVERT)
      const before = await files()
      let during: typeof before = []
      await rehearse(
        beforeRollback(session, async () => {
          during = await files()
        }),
        CONVERT,
      )
      const written = before.filter(
        ({ name, file }) => !during.some((now) => now.name === name && now.file === file),
      )
      expect(written.map(({ name }) => name).sort()).toEqual(['public.kept', 'public.people', 'public.staff'])
      expect(survey.convert.rewrittenBytes + filledBytes).toBe(
        written.reduce((sum, { bytes }) => sum + bytes, 0),
      )
    })
  })

  it('measures how long the locks were held', async () => {
    const settings = await inUse()
    await withSession(settings, async (session) => {
      const started = performance.now()
      const { rehearsal } = await rehearse(
        beforeRollback(session, () => new Promise((resolve) => setTimeout(resolve, 400))),
        CONVERT,
      )
      const elapsed = performance.now() - started
      expect(rehearsal.lockedMs).toBeGreaterThanOrEqual(399)
      expect(rehearsal.durationMs).toBeGreaterThanOrEqual(rehearsal.lockedMs)
      expect(rehearsal.durationMs).toBeLessThanOrEqual(Math.ceil(elapsed))
      expect(rehearsal.lockTimeoutMs).toBe(TIMEOUT_MS)
      expect(rehearsal.notAnalyzed).toContain('table public.people')
    })
  })

  it('a rehearsal is refused by dependents as the removal is, and needs no consent to report it', async () => {
    const settings = await inUse()
    await expect(
      withSession(settings, (session) => rehearse(session, { name: '', strategy: 'refuse' })),
    ).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
  })

  /**
   * Returns a constraint trigger that is deferred, set off by an event trigger: nothing but COMMIT runs it.
   */
  async function withDeferredTrigger(body: string): Promise<ConnectionSettings> {
    const settings = await installedCopy()
    await as(
      settings,
      `CREATE TABLE log (entry text);
       CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${body}; RETURN NULL; END $$;
       CREATE CONSTRAINT TRIGGER late AFTER INSERT ON log DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION late();`,
    )
    await sql(
      settings.database,
      `CREATE FUNCTION noted() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = ''
         AS 'BEGIN INSERT INTO public.log VALUES (tg_tag); END';
       CREATE EVENT TRIGGER noted ON sql_drop EXECUTE FUNCTION noted();`,
    )
    return settings
  }

  it('fails where the removal would fail at COMMIT alone', async () => {
    const settings = await withDeferredTrigger("RAISE EXCEPTION 'too late' USING ERRCODE = '23514'")
    const failures = []
    for (const run of [rehearseRemoval, removeSchema]) {
      failures.push(
        await withSession(settings, (session) =>
          run(session, { lockTimeoutMs: TIMEOUT_MS }).then(
            () => null,
            ({ code, details }) => [code, details.sqlstate],
          ),
        ),
      )
    }
    expect(failures[0]).toEqual(failures[1])
    expect(failures[0]).not.toBeNull()
    expect(await sql(settings.database, 'SELECT FROM log')).toEqual([])
  })

  it('runs what COMMIT would run under the settings of COMMIT', async () => {
    // The name of the table is found by the search_path of the session.
    const settings = await withDeferredTrigger('PERFORM count(*) FROM log')
    await withSession(settings, async (session) => {
      expect(await rehearse(session, { name: '', strategy: 'refuse' })).toMatchObject({ converted: [] })
      expect(await removeSchema(session, { lockTimeoutMs: TIMEOUT_MS })).toMatchObject({ converted: [] })
    })
  })

  it('reports that nothing was changed if the connection is lost at its end', async () => {
    const settings = await inUse()
    const session = await openSession(settings, { timeoutMs: 5_000 })
    onTestFinished(() => session.close())
    const before = await describeCopy(settings)
    const cut = beforeRollback(session, async () => {
      await sql(settings.database, 'SELECT pg_terminate_backend($1)', [session.keyDataPid])
    })
    const error = await rehearse(cut, CONVERT).then(
      () => null,
      (failure) => failure,
    )
    expect(error).toMatchObject({ code: 'CONNECTION_FAILED' })
    expect(error.details.data?.outcome).toBeUndefined()
    expect(await describeCopy(settings)).toEqual(before)
  })

  it('leaves nothing of what code of others does to the session', async () => {
    const settings = await installedCopy()
    await as(
      settings,
      `CREATE FUNCTION marks(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
         PERFORM pg_advisory_lock(4711); PERFORM set_config('application_name', 'marked', false);
         EXECUTE 'LISTEN marked'; RETURN true; END $$;
       CREATE TABLE people (mail mathesar_types.multicurrency_money CHECK (marks(mail::text)));
       INSERT INTO people VALUES (ROW(1, 'EUR'));`,
    )
    await withSession(settings, async (session) => {
      await rehearse(session, CONVERT)
      expect(
        await session.run(`SELECT current_setting('application_name') AS name,
          (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks,
          (SELECT count(*)::int FROM pg_listening_channels()) AS channels`),
      ).toEqual([{ name: 'mathesarctl', locks: 0, channels: 0 }])
    })
  })

  it('does nothing where there is nothing to remove', async () => {
    const settings = await installedCopy()
    await withSession(settings, async (session) => {
      await removeSchema(session, { lockTimeoutMs: TIMEOUT_MS })
      expect(await planLocks(session, { strategy: 'refuse' })).toEqual({ locks: [], filledBytes: 0 })
      expect(await rehearse(session, CONVERT)).toMatchObject({
        dropped: [],
        converted: [],
        rehearsal: { lockedMs: 0, locks: [] },
      })
    })
  })

  it('a rehearsal has the same locks when a superuser does it', async () => {
    const settings = await inUse()
    await withSession(superuserSettings(settings.database), async (session) => {
      expect(await serverVersion(session)).toBeGreaterThan(0)
      const { locks: planned } = await planLocks(session, CONVERT)
      const { rehearsal } = await rehearse(session, CONVERT)
      expect(rehearsal.locks.map(({ relation }) => relation).sort()).toEqual(
        planned.map(({ relation }) => relation).sort(),
      )
    })
  })
})
