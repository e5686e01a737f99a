import { describe, expect, it } from 'vitest'
import { dependentsError, listDependents } from '../../src/schema/dependents/dependents.ts'
import type { Dependent } from '../../src/schema/types.ts'
import { createRole } from '../support/database.ts'
import { as, dependentsOf, installedDatabase, lines, withSession } from './support.ts'

describe('dependents', () => {
  it('lists no dependents right after an install, nor for an unrelated table', async () => {
    expect(await dependentsOf('CREATE TABLE public.plain (id serial PRIMARY KEY, t text)')).toEqual([])
  })

  it("lists a user's own objects inside the schemas", async () => {
    const dependents = await dependentsOf(`
      CREATE TABLE msar."My notes" (id serial PRIMARY KEY, n text);
      INSERT INTO msar."My notes" (n) VALUES ('x');
      CREATE FUNCTION mathesar_types.mine(text) RETURNS text LANGUAGE sql AS 'SELECT $1';
      CREATE CAST (integer AS __msar.col_def) WITH INOUT; CREATE MATERIALIZED VIEW msar.seen AS SELECT 1 AS one`)
    expect(dependents).toMatchObject([
      {
        schema: '__msar',
        relation: '(integer AS __msar.col_def)',
        kind: 'own object',
        type: 'cast',
        rows: null,
      },
      { schema: 'mathesar_types', relation: 'mine(text)', kind: 'own object', type: 'function', rows: null },
      { schema: 'msar', relation: 'seen', kind: 'own object', type: 'materialized view', rows: 1 },
      {
        schema: 'msar',
        relation: '"My notes"',
        kind: 'own object',
        type: 'table',
        reference: 'msar',
        rows: 1,
      },
    ])
  })

  it('lists an extension inside, without the objects that belong to it', async () => {
    const dependents = await dependentsOf(
      'CREATE EXTENSION citext SCHEMA msar; CREATE TABLE public.t (c msar.citext)',
      { superuser: true },
    )
    expect(lines(dependents)).toEqual([
      'own object msar.citext extension -> msar',
      'column public.t.c msar.citext -> msar.citext',
    ])
  })

  it('any role can list dependents', async () => {
    const settings = await installedDatabase()
    await as(settings, 'CREATE TABLE public.t (email mathesar_types.email)')
    const other = await createRole()
    expect(await withSession({ ...settings, ...other }, listDependents)).toMatchObject([
      { relation: 't', rows: null },
    ])
  })
})

describe('the error for dependents', () => {
  const one: Dependent = {
    schema: 'public',
    relation: 't',
    column: 'email',
    kind: 'column',
    type: 'mathesar_types.email',
    reference: 'mathesar_types.email',
    rows: 1,
    counted: true,
    effects: { refuse: '', convert: '', cascade: '' },
    refusesConvert: false,
    remedy: null,
  }
  it('names one of them and counts all', () => {
    expect(dependentsError([one], 'shop').message).toBe(
      'The Mathesar schemas of database "shop" are in use by column public.t.email.',
    )
    expect(dependentsError([one, one, one], 'shop').message).toContain(
      'column public.t.email and 2 other objects',
    )
  })
})
