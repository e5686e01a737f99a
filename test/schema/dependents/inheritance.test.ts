import { describe, expect, it } from 'vitest'
import { surveyRemoval } from '../../../src/schema/removal/survey.ts'
import { sharedCluster } from '../../support/database.ts'
import { as, withSession } from '../support.ts'
import { convert, expectTwins, installedCopy, mathesarSchemas, plainScript } from './support.ts'

const { major } = sharedCluster()

const CHECK = "CHECK (mathesar_types.uri_scheme(e) IS NULL OR e <> '')"

async function survey(script: string) {
  const settings = await installedCopy()
  await as(settings, script)
  return { settings, found: await withSession(settings, (session) => surveyRemoval(session)) }
}

describe('cascade', () => {
  it('drops a column of children that declare it themselves, too', async () => {
    const { settings, found } = await survey(`
      CREATE TABLE p (id integer, e mathesar_types.email);
      CREATE TABLE c (e mathesar_types.email, x integer) INHERITS (p);
      CREATE TABLE m () INHERITS (c);
      CREATE TABLE g (e mathesar_types.email) INHERITS (m);
      CREATE TABLE p2 (e mathesar_types.email);
      CREATE TABLE both_of (e mathesar_types.email) INHERITS (p, p2);
      CREATE VIEW v AS SELECT e FROM g;`)
    expect(found.missing.cascade).toBeNull()
    expect(found.cascade.lockedRelations).toBe(7)
    const { dropped } = await convert(settings, { strategy: 'cascade', shown: found.dependents })
    expect(dropped.slice(0, -3)).toEqual(found.dropped)
    const columns = await as<{ name: string }>(
      settings,
      `SELECT attrelid::regclass || '.' || attname AS name FROM pg_attribute
       WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace) ORDER BY 1`,
    )
    expect(columns.map(({ name }) => name)).toEqual([
      'both_of.id',
      'c.id',
      'c.x',
      'g.id',
      'g.x',
      'm.id',
      'm.x',
      'p.id',
    ])
  })

  it('drops a check of children that declare it themselves, too', async () => {
    const { settings, found } = await survey(`
      CREATE TABLE p (e text, CONSTRAINT k ${CHECK});
      CREATE TABLE c (CONSTRAINT k ${CHECK}) INHERITS (p);
      CREATE TABLE m () INHERITS (c);
      CREATE TABLE g (CONSTRAINT k ${CHECK}) INHERITS (m);`)
    await convert(settings, { strategy: 'cascade', shown: found.dependents })
    expect(await mathesarSchemas(settings)).toEqual([])
    expect(await as(settings, "SELECT FROM pg_constraint WHERE conname = 'k'")).toEqual([])
  })
})

describe('convert', () => {
  it('keeps columns and checks of children that declare them themselves', async () => {
    const check = "CONSTRAINT k CHECK (e::mathesar_types.email <> 'x@y'::mathesar_types.email)"
    await expectTwins(`
      CREATE TABLE public.p (id integer, e text, f mathesar_types.email, ${check});
      CREATE TABLE public.c (f mathesar_types.email, ${check}) INHERITS (public.p);
      CREATE TABLE public.m () INHERITS (public.c);
      CREATE TABLE public.g (f mathesar_types.email, ${check}) INHERITS (public.m);
      INSERT INTO public.g VALUES (1, 'c@d', 'a@b');
      COMMENT ON CONSTRAINT k ON public.c IS 'c'; COMMENT ON CONSTRAINT k ON public.m IS 'm'; COMMENT ON CONSTRAINT k ON public.g IS 'g';`)
  })

  it.runIf(major >= 17)('keeps generated columns of children that generate them differently', async () => {
    await expectTwins(
      `
      CREATE TABLE public.p (id integer, e mathesar_types.email, low text GENERATED ALWAYS AS (lower(e)) STORED NOT NULL);
      CREATE TABLE public.c (low text GENERATED ALWAYS AS (lower(e) || 'c') STORED) INHERITS (public.p);
      CREATE TABLE public.m () INHERITS (public.c);
      CREATE TABLE public.g (low text GENERATED ALWAYS AS (lower(e) || 'g') STORED) INHERITS (public.m);
      INSERT INTO public.c VALUES (1, 'A@b'); INSERT INTO public.g VALUES (2, 'C@d');
      COMMENT ON COLUMN public.g.low IS 'low';`,
      { reordered: ['public.p', 'public.c', 'public.m', 'public.g'] },
    )
  })
})

describe.runIf(major >= 18)('constraints against NULL', () => {
  const TABLES = `
    CREATE TABLE public.p (id integer, e mathesar_types.email CONSTRAINT pe NOT NULL, f mathesar_types.uri CONSTRAINT pf NOT NULL,
      PRIMARY KEY (id, e)) PARTITION BY RANGE (id);
    CREATE TABLE public.p1 PARTITION OF public.p FOR VALUES FROM (1) TO (2);
    CREATE TABLE public.p2 (id integer NOT NULL, e mathesar_types.email CONSTRAINT other NOT NULL,
      f mathesar_types.uri CONSTRAINT f NOT NULL, PRIMARY KEY (id, e));
    ALTER TABLE public.p ATTACH PARTITION public.p2 FOR VALUES FROM (2) TO (3);
    COMMENT ON CONSTRAINT pe ON public.p IS 'pe'; COMMENT ON CONSTRAINT pf ON public.p1 IS 'pf on p1';
    COMMENT ON CONSTRAINT other ON public.p2 IS 'other';
    CREATE TABLE public.q (e mathesar_types.email CONSTRAINT qe NOT NULL PRIMARY KEY);
    CREATE TABLE public.r () INHERITS (public.q);
    CREATE TABLE public.s (e mathesar_types.email CONSTRAINT se NOT NULL PRIMARY KEY) INHERITS (public.r);
    CREATE TABLE public.o (e mathesar_types.email REFERENCES public.q);
    COMMENT ON CONSTRAINT qe ON public.r IS 'r'; COMMENT ON CONSTRAINT se ON public.s IS 's';`

  it('constraints against NULL keep their names and comments in partitions and in tables that inherit', async () => {
    // PostgreSQL has no other way to give one in a partition a name of its own.
    const declared = `ALTER TABLE public.p DROP CONSTRAINT p_pkey, DROP CONSTRAINT pe, DROP CONSTRAINT pf;
      ALTER TABLE public.p2 ADD CONSTRAINT other NOT NULL e, ADD CONSTRAINT f NOT NULL f;
      ALTER TABLE public.p ADD CONSTRAINT pe NOT NULL e, ADD CONSTRAINT pf NOT NULL f, ADD PRIMARY KEY (id, e);
      COMMENT ON CONSTRAINT pe ON public.p IS 'pe'; COMMENT ON CONSTRAINT pf ON public.p1 IS 'pf on p1';
      COMMENT ON CONSTRAINT other ON public.p2 IS 'other';`
    await expectTwins(TABLES, { twin: plainScript(TABLES + declared) })
  })
})

describe('partition keys', () => {
  it.each([
    ['e', 'mathesar_types.email', 'e', 'column'],
    ['lower(e)', 'mathesar_types.email', 'lower(e)', 'column'],
    ['e::mathesar_types.email', 'text', '(e::mathesar_types.email)', 'table'],
    ['e::d', 'text', '(e::d)', 'table'],
    ['mathesar_types.uri_scheme(e)', 'text', 'mathesar_types.uri_scheme(e)', 'table'],
  ])(
    'partition keys that hold %s of a column of type %s are refused before anything is done',
    async (_, type, key, kind) => {
      const { settings, found } = await survey(`
      CREATE DOMAIN d AS mathesar_types.email;
      CREATE TABLE p (e ${type}) PARTITION BY HASH (${key});`)
      const refused = found.dependents.filter(({ refusesConvert }) => refusesConvert)
      expect(refused).toMatchObject([{ relation: 'p', kind }])
      await expect(convert(settings)).rejects.toMatchObject({ code: 'DEPENDENTS_EXIST' })
      if (kind === 'column') {
        expect(found.missing.cascade).toMatchObject({ code: 'DEPENDENTS_EXIST' })
        await expect(convert(settings, { strategy: 'cascade' })).rejects.toThrow('partition key')
      } else {
        expect(found.missing.cascade).toBeNull()
        expect((await convert(settings, { strategy: 'cascade' })).dropped).toContain('table public.p')
      }
    },
  )
})
