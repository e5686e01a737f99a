import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import { listDependents } from '../../../src/schema/dependents/dependents.ts'
import { createRole, sql, superuserSettings } from '../../support/database.ts'
import { as, withSession } from '../support.ts'
import { convert, installedCopy } from './support.ts'

/**
 * Functions of a role that try to go beyond its rights: `grab` writes into a table that is a superuser's
 * alone. Names of temporary types stand in the way of what a later statement casts to.
 */
const GRAB = `
  CREATE FUNCTION public.grab(what text) RETURNS boolean LANGUAGE plpgsql AS $$
    DECLARE attempt text; name text;
    BEGIN
      FOREACH attempt IN ARRAY ARRAY['SELECT', 'RESET ROLE', 'SET ROLE NONE', 'SET SESSION AUTHORIZATION DEFAULT'] LOOP
        BEGIN
          EXECUTE attempt;
          INSERT INTO public.forbidden VALUES (what || ' by ' || attempt);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
      FOREACH name IN ARRAY ARRAY['regclass', 'regtype', 'regproc', 'regprocedure', 'text', 'name', 'oid', 'json', 'integer'] LOOP
        BEGIN
          EXECUTE format('CREATE DOMAIN pg_temp.%I AS pg_catalog.%I CHECK (public.grab(%L))', name,
            CASE name WHEN 'integer' THEN 'int4' ELSE name END, 'domain ' || name);
        EXCEPTION WHEN OTHERS THEN NULL;
        END;
      END LOOP;
      RETURN true;
    END $$;
  CREATE FUNCTION public.quiet(what text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
    BEGIN PERFORM public.grab(what); RETURN what; END $$;`

/** A database with the schemas, a table that nobody but a superuser may write to, and the functions. */
async function hostileDatabase(): Promise<ConnectionSettings> {
  const settings = await installedCopy()
  await sql(
    settings.database,
    `CREATE TABLE public.forbidden (what text); CREATE SCHEMA own AUTHORIZATION "${settings.user}"`,
  )
  await as(settings, GRAB)
  return settings
}

async function gained(settings: ConnectionSettings): Promise<unknown[]> {
  return sql(settings.database, 'SELECT DISTINCT what FROM public.forbidden ORDER BY 1')
}

const CODE = `
  CREATE TABLE own.g (email mathesar_types.email, upper text GENERATED ALWAYS AS (public.quiet(email)) STORED);
  INSERT INTO own.g VALUES ('a@b');
  CREATE TABLE own.c (emails mathesar_types.email[] CONSTRAINT c CHECK (public.grab('check') AND emails IS NOT NULL));
  INSERT INTO own.c VALUES ('{a@b}');
  CREATE TABLE own.d (email mathesar_types.email, CONSTRAINT d CHECK (public.grab((email::mathesar_types.email)::text)));
  INSERT INTO own.d VALUES ('a@b');
  CREATE VIEW own.v AS SELECT email FROM own.g WHERE public.grab('view');
  CREATE MATERIALIZED VIEW own.m AS SELECT email FROM own.g WHERE public.grab('materialized view');
  CREATE INDEX ON own.g (public.quiet(email));`

describe('code of a role that is no superuser', () => {
  it('gains nothing by names of temporary types, where a superuser converts', async () => {
    const settings = await hostileDatabase()
    await as(settings, CODE)
    await convert(superuserSettings(settings.database))
    expect(await gained(settings)).toEqual([])
    expect(await as(settings, 'SELECT * FROM own.g')).toEqual([{ email: 'a@b', upper: 'a@b' }])
  })

  it('gains nothing of a role that may act as its owner and converts', async () => {
    const settings = await hostileDatabase()
    const admin = await createRole({ attributes: 'CREATEROLE' })
    await sql(
      settings.database,
      `GRANT "${settings.user}" TO "${admin.user}"; GRANT INSERT ON public.forbidden TO "${admin.user}"`,
    )
    await as(settings, CODE)
    await convert({ ...settings, ...admin })
    expect(await gained(settings)).toEqual([])
    expect(await as(settings, 'SELECT * FROM own.g')).toEqual([{ email: 'a@b', upper: 'a@b' }])
  })

  it('does not run at all where such a role can make no guard for it, which the GRANT mends', async () => {
    const settings = await hostileDatabase()
    const admin = await createRole()
    await sql(
      settings.database,
      `GRANT "${settings.user}" TO "${admin.user}";
       REVOKE TEMPORARY ON DATABASE "${settings.database}" FROM PUBLIC, "${settings.user}"`,
    )
    await sql(settings.database, `ALTER DATABASE "${settings.database}" OWNER TO postgres`)
    await as(settings, CODE)
    const grant = `GRANT TEMPORARY ON DATABASE "${settings.database}" TO "${settings.user}";`
    await expect(convert({ ...settings, ...admin })).rejects.toMatchObject({
      code: 'INSUFFICIENT_PRIVILEGE',
      hint: expect.stringContaining(grant),
    })
    await sql(settings.database, grant)
    await convert({ ...settings, ...admin })
  })

  it('code of a role that is no superuser is not run in the tables of a superuser', async () => {
    const settings = await hostileDatabase()
    await as(settings, CODE)
    await sql(settings.database, 'ALTER TABLE own.c OWNER TO postgres')
    await expect(convert(superuserSettings(settings.database))).rejects.toMatchObject({
      code: 'DEPENDENTS_EXIST',
      message: expect.stringContaining(
        `column own.c.emails can't be converted: it belongs to the superuser postgres but runs code of the role ${settings.user}`,
      ),
      hint: expect.stringContaining(`ALTER TABLE own.c OWNER TO "${settings.user}";`),
    })
    expect(await gained(settings)).toEqual([])
  })

  it.each([
    ['CREATE FUNCTION', `CREATE FUNCTION own.f(text) RETURNS boolean LANGUAGE sql AS 'SELECT true'`],
    [
      'a cast of a type',
      `CREATE TYPE own.e AS ENUM ('a'); CREATE FUNCTION own.e(own.e) RETURNS json LANGUAGE sql AS 'SELECT NULL::json'; CREATE CAST (own.e AS json) WITH FUNCTION own.e(own.e)`,
    ],
  ])(
    'code of a role that is no superuser is found by the name that an expression of a superuser would find (%s)',
    async (_, script) => {
      const settings = await hostileDatabase()
      await as(settings, script)
      await sql(
        settings.database,
        `CREATE TYPE public.e AS ENUM ('a');
       CREATE FUNCTION own.f(anyelement) RETURNS boolean LANGUAGE sql AS 'SELECT true';
       CREATE TABLE public.t (email mathesar_types.email CHECK (own.f(email)));`,
      )
      if (script.includes('ENUM'))
        await sql(settings.database, 'ALTER TABLE public.t ADD e own.e, DROP CONSTRAINT t_email_check')
      await expect(convert(superuserSettings(settings.database))).rejects.toMatchObject({
        code: 'DEPENDENTS_EXIST',
        message: expect.stringContaining('belongs to the superuser postgres'),
      })
    },
  )

  it('code of a role that is no superuser is not run by a superuser who only looks', async () => {
    const settings = await hostileDatabase()
    await as(
      settings,
      `CREATE TABLE own.t (email mathesar_types.email);
       CREATE FUNCTION own.constant() RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
         BEGIN PERFORM public.grab('index'); RETURN ''; END $$;
       CREATE INDEX ON own.t ((email || own.constant()));
       INSERT INTO own.t VALUES ('a@b');
       CREATE TABLE own.plain (email mathesar_types.email);
       INSERT INTO own.plain VALUES ('a@b');`,
    )
    const listed = await withSession(superuserSettings(settings.database), (session) =>
      listDependents(session, { exact: true }),
    )
    expect(await gained(settings)).toEqual([])
    const columns = listed.filter(({ kind }) => kind === 'column')
    expect(columns.map(({ relation, counted }) => [relation, counted])).toEqual([
      ['plain', true],
      ['t', false],
    ])
  })

  it('code of a role that is no superuser cannot defer a trigger until the transaction commits', async () => {
    const settings = await hostileDatabase()
    await as(
      settings,
      `CREATE TABLE own.later (n integer);
       CREATE FUNCTION own.late() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           PERFORM public.grab('late');
           SET CONSTRAINTS ALL DEFERRED;
           IF NEW.n < 5 THEN INSERT INTO own.later VALUES (NEW.n + 1); END IF;
           RETURN NULL;
         END $$;
       CREATE CONSTRAINT TRIGGER late AFTER INSERT ON own.later DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION own.late();
       CREATE FUNCTION own.put_off() RETURNS boolean LANGUAGE plpgsql AS $$
         BEGIN INSERT INTO own.later VALUES (1); RETURN true; END $$;
       CREATE TABLE own.t (emails mathesar_types.email[] CHECK (own.put_off() AND emails IS NOT NULL));
       INSERT INTO own.t VALUES ('{a@b}');`,
    )
    await expect(convert(superuserSettings(settings.database))).rejects.toMatchObject({
      code: 'DEPENDENTS_EXIST',
      message: expect.stringContaining('put off triggers of own.later until the transaction commits'),
    })
    expect(await gained(settings)).toEqual([])
  })

  it.each([
    [
      'a cast of a type of the schemas',
      `DROP FUNCTION mathesar_types.mathesarctl_to_jsonb CASCADE;
       CREATE FUNCTION own.cast(mathesar_types.multicurrency_money) RETURNS jsonb LANGUAGE plpgsql AS $$
         BEGIN PERFORM public.grab('cast'); RETURN NULL; END $$;
       CREATE CAST (mathesar_types.multicurrency_money AS jsonb) WITH FUNCTION own.cast AS ASSIGNMENT;`,
    ],
    [
      'a function of a name that an expression is put back with',
      `CREATE FUNCTION own.check(text) RETURNS boolean LANGUAGE plpgsql AS $$
         BEGIN PERFORM public.grab('function'); RETURN true; END $$;`,
    ],
  ])(
    'code of a role that is no superuser can plant nothing that a later statement of a superuser runs: %s',
    async (_, script) => {
      const settings = await hostileDatabase()
      await as(
        settings,
        `CREATE FUNCTION own.plant() RETURNS boolean LANGUAGE plpgsql AS $plant$
         BEGIN
           IF to_regclass('own.planted') IS NULL THEN
             CREATE TABLE own.planted ();
             ${script}
           END IF;
           RETURN true;
         END $plant$;
       CREATE TABLE own.t (emails mathesar_types.email[]);
       INSERT INTO own.t VALUES ('{a@b}');
       ALTER TABLE own.t ADD CHECK (own.plant() AND emails IS NOT NULL) NOT VALID;`,
      )
      await sql(
        settings.database,
        `CREATE FUNCTION own.check(anyelement) RETURNS boolean LANGUAGE sql AS 'SELECT true';
       CREATE TABLE public.u (email mathesar_types.email CHECK (own.check(email::mathesar_types.email)),
         prices mathesar_types.multicurrency_money[]);
       INSERT INTO public.u VALUES ('a@b', ARRAY[ROW(1, 'EUR')::mathesar_types.multicurrency_money]);
       UPDATE pg_constraint SET convalidated = true WHERE conrelid = 'own.t'::regclass;
       DROP TABLE IF EXISTS own.planted;`,
      )
      await expect(convert(superuserSettings(settings.database))).rejects.toMatchObject({
        code: 'DEPENDENTS_EXIST',
        message: expect.stringContaining(
          'Code that ran during the conversion changed what the expressions of',
        ),
      })
      expect(await gained(settings)).toEqual([])
    },
  )

  it("runs as constants are read, and with its owner's rights even then", async () => {
    const settings = await hostileDatabase()
    await as(
      settings,
      `CREATE DOMAIN own.d AS mathesar_types.email CHECK (public.grab('domain of an array'));
       CREATE DOMAIN own.n AS integer CHECK (public.grab('domain of a constant'));
       CREATE TYPE own.row AS (n own.n);
       CREATE TABLE own.t (email mathesar_types.email, ds own.d[] DEFAULT '{g@h.i}', ns own.n[] DEFAULT '{1}');
       INSERT INTO own.t VALUES ('a@b');
       CREATE VIEW own.v AS SELECT email, '{1}'::own.n[] AS ns, '(1)'::own.row AS r FROM own.t;
       CREATE INDEX ON own.t (email) WHERE ns <> '{2}'::own.n[];
       CREATE POLICY p ON own.t USING (email <> 'x' AND ns <> '{3}'::own.n[]);
       CREATE RULE r AS ON DELETE TO own.v DO INSTEAD DELETE FROM own.t WHERE ns = '{1}'::own.n[];
       CREATE FUNCTION own.trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
       CREATE TRIGGER g BEFORE UPDATE ON own.t FOR EACH ROW
         WHEN (NEW.email <> 'x' AND NEW.ns <> '{4}'::own.n[]) EXECUTE FUNCTION own.trigger();`,
    )
    await convert(superuserSettings(settings.database))
    expect(await gained(settings)).toEqual([])
  })

  it("finds no temporary object of another owner's code", async () => {
    const settings = await hostileDatabase()
    const other = await createRole()
    await as(settings, CODE)
    await sql(
      settings.database,
      `CREATE SCHEMA other AUTHORIZATION "${other.user}"; GRANT INSERT ON public.forbidden TO "${other.user}";
       GRANT USAGE ON SCHEMA own, mathesar_types TO PUBLIC;`,
    )
    await as(
      { ...settings, ...other },
      `CREATE FUNCTION other.careful(text) RETURNS boolean LANGUAGE plpgsql SET search_path = '' AS $$
         BEGIN RETURN 'pg_class'::text <> 'x' AND 'pg_catalog.pg_class'::regclass IS NOT NULL; END $$;
       CREATE TABLE other.t (emails mathesar_types.email[] CHECK (other.careful('') AND emails IS NOT NULL));
       INSERT INTO other.t VALUES ('{a@b}');
       CREATE MATERIALIZED VIEW other.m AS SELECT emails FROM other.t WHERE other.careful('');`,
    )
    await convert(superuserSettings(settings.database))
    expect(await gained(settings)).toEqual([])
  })

  it.each(['cascade', 'convert'] as const)(
    'works without TEMPORARY where there is no code, for several owners too (%s)',
    async (strategy) => {
      const settings = await installedCopy()
      const [admin, other] = [await createRole(), await createRole()]
      await sql(
        settings.database,
        `CREATE SCHEMA own; GRANT ALL ON SCHEMA own TO PUBLIC; GRANT USAGE ON SCHEMA mathesar_types TO PUBLIC;
      GRANT "${settings.user}", "${other.user}" TO "${admin.user}"; ALTER DATABASE "${settings.database}" OWNER TO postgres;
      REVOKE TEMPORARY ON DATABASE "${settings.database}" FROM PUBLIC, "${settings.user}"`,
      )
      await as(
        settings,
        `CREATE TABLE own.t (email mathesar_types.email, emails mathesar_types.email[] CHECK (emails IS NOT NULL)); CREATE TABLE own.p (id integer, email mathesar_types.email CHECK (email <> 'x'));
      CREATE TABLE own.child (more mathesar_types.uri) INHERITS (own.p)`,
      )
      await sql(settings.database, `ALTER TABLE own.child OWNER TO "${other.user}"`)
      await convert({ ...settings, ...admin }, { strategy })
      expect(
        await sql(
          superuserSettings(settings.database).database,
          `SELECT count(*)::int AS n FROM pg_attribute WHERE attrelid IN ('own.t'::regclass, 'own.child'::regclass) AND attnum > 0 AND NOT attisdropped`,
        ),
      ).toEqual([{ n: strategy === 'convert' ? 5 : 1 }])
    },
  )
})
