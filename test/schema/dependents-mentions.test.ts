import { describe, expect, it } from 'vitest'
import { findDependents, listDependents } from '../../src/schema/dependents/dependents.ts'
import { removeSchema } from '../../src/schema/removal/remove.ts'
import { as, dependentsOf, installedDatabase, lines, withSession } from './support.ts'

describe('routines whose text names the schemas', () => {
  it('lists routines whose text names the schemas after the dependents, unless they depend themselves', async () => {
    const dependents = await dependentsOf(`
      SET check_function_bodies = off;
      CREATE FUNCTION public.two() RETURNS integer LANGUAGE plpgsql AS
        'BEGIN PERFORM MSAR.x(); PERFORM "mathesar_types".y(); END';
      CREATE PROCEDURE public.private() LANGUAGE sql AS 'SELECT __msar.x()';
      CREATE FUNCTION public.by_path() RETURNS integer LANGUAGE sql SET search_path = public, msar AS 'SELECT 1';
      CREATE FUNCTION public.depends(mathesar_types.email) RETURNS integer LANGUAGE sql AS 'SELECT msar.x()';
      CREATE FUNCTION public.similar() RETURNS integer LANGUAGE sql SET search_path = my_msar AS 'SELECT 1 AS msarx, 2 AS x_msar, 3 AS mathesar';
      CREATE FUNCTION public.work_mem() RETURNS integer LANGUAGE sql SET work_mem = '1MB' AS 'SELECT 1';
      CREATE FUNCTION msar.inside() RETURNS integer LANGUAGE sql AS 'SELECT msar.x()';
      CREATE TABLE public.z (email mathesar_types.email)`)
    expect(lines(dependents)).toEqual([
      'own object msar.inside() function -> msar',
      'function public.depends(mathesar_types.email) -> mathesar_types.email',
      'column public.z.email mathesar_types.email -> mathesar_types.email',
      'mention public.by_path() function -> msar',
      'mention public.private() procedure -> __msar',
      'mention public.two() function -> mathesar_types, msar',
    ])
  })

  it('lists routines whose text names the schemas whatever the session settings for backslashes and names are', async () => {
    const settings = await installedDatabase()
    await as(settings, `CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1 -- msar'`)
    const dependents = await withSession(settings, async (session) => {
      await session.run(
        'SET standard_conforming_strings = off; SET escape_string_warning = off; SET search_path = msar',
      )
      return findDependents(session)
    })
    expect(lines(dependents)).toEqual(['mention public.f() function -> msar'])
  })

  it('routines whose text names the schemas do not stop a removal', async () => {
    const settings = await installedDatabase()
    await as(settings, `CREATE FUNCTION public.f() RETURNS integer LANGUAGE sql AS 'SELECT 1 -- msar'`)
    const removal = await withSession(settings, (session) => removeSchema(session, { lockTimeoutMs: 5_000 }))
    expect(removal.dropped).toEqual(['schema msar', 'schema __msar', 'schema mathesar_types'])
    expect(await withSession(settings, listDependents)).toEqual([])
  })
})

describe('with the types kept', () => {
  it('only dependents of the other schemas stop a removal that keeps the types', async () => {
    const dependents = await dependentsOf(
      `SET check_function_bodies = off;
       CREATE TABLE public.t (email mathesar_types.email DEFAULT 'a@b' CHECK (mathesar_types.email_local_part(email) <> 'x'));
       CREATE VIEW public.v AS SELECT mathesar_types.uri_path('a:b');
       CREATE TABLE mathesar_types.notes (n text);
       CREATE FUNCTION msar.mine(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
       CREATE VIEW public.w AS SELECT msar.mine('x'), email FROM public.t;
       CREATE VIEW mathesar_types.x AS SELECT msar.mine('x');
       CREATE TABLE mathesar_types.y (n text DEFAULT msar.mine('x'));
       CREATE FUNCTION public.types_alone() RETURNS integer LANGUAGE sql AS 'SELECT mathesar_types.f()';
       CREATE FUNCTION public.both() RETURNS integer LANGUAGE sql AS 'SELECT mathesar_types.f(), msar.f()';
       ALTER DEFAULT PRIVILEGES IN SCHEMA mathesar_types GRANT SELECT ON TABLES TO PUBLIC`,
      { keepTypes: true },
    )
    expect(lines(dependents)).toEqual([
      'own object msar.mine(text) function -> msar',
      'view mathesar_types.x -> msar.mine(text)',
      'default mathesar_types.y.n text -> msar.mine(text)',
      'view public.w -> msar.mine(text)',
      'mention public."both"() function -> msar',
    ])
  })

  it('nothing stops a removal that keeps the types right after an install, not even the contents of the types', async () => {
    expect(await dependentsOf('', { keepTypes: true })).toEqual([])
  })
})
