/**
 * The release of the fixture, with plain SQL alone: it does what real releases do, and the tests of this
 * program rely on that.
 */
import { describe, expect, it } from 'vitest'
import { withAsciiComments } from '../../src/schema/sources/release/ascii.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { createReleaseState, installRelease, type ReleaseState } from '../support/release-states.ts'

/** What is in the schemas: numbers of routines (null: no schema), tables of `msar`, and types. */
async function contents(database: string): Promise<object> {
  const [row] = await sql(
    database,
    `SELECT
       (SELECT jsonb_object_agg(nspname, (SELECT count(*) FROM pg_proc WHERE pronamespace = n.oid))
        FROM pg_namespace n WHERE nspname IN ('msar', '__msar', 'mathesar_types')) AS routines,
       (SELECT coalesce(jsonb_agg(relname ORDER BY relname), '[]') FROM pg_class
        WHERE relnamespace = to_regnamespace('msar') AND relkind = 'r') AS tables,
       (SELECT coalesce(jsonb_agg(t.typname ORDER BY t.typname), '[]') FROM pg_type t
        LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE t.typnamespace = to_regnamespace('mathesar_types') AND t.typelem = 0
          AND coalesce(c.relkind, 'c') = 'c') AS types`,
  )
  return row ?? {}
}

const TABLES = ['expr_templates', 'top_level_domains']
const TYPES = [
  'email',
  'mathesar_json_array',
  'mathesar_json_object',
  'mathesar_money',
  'multicurrency_money',
  'uri',
]

describe('the release of the fixture', () => {
  it.each([
    ['0.2.0', 582, 35],
    ['0.2.2', 572, 32],
    ['0.9.0', 479, 17],
    ['0.11.0', 479, 17],
  ])('leaves as many routines as Mathesar %s', async (version, msar, inner) => {
    const settings = await ownedDatabase()
    await installRelease(settings, version)
    expect(await contents(settings.database)).toEqual({
      routines: { msar, __msar: inner, mathesar_types: 0 },
      tables: TABLES,
      types: TYPES,
    })
  })

  const clean = { msar: 479, __msar: 17, mathesar_types: 0 }
  it.each<[ReleaseState, object]>([
    ['clean', { routines: clean, tables: TABLES, types: TYPES }],
    [
      'user object on an msar function',
      { routines: { ...clean, msar: 480 }, tables: ['all_mathesar_objects', ...TABLES], types: TYPES },
    ],
    [
      'legacy upgraded with user objects',
      {
        // The functions that the view, the index and the default of a column use.
        routines: { ...clean, msar: 480, mathesar_types: 3 },
        tables: ['all_mathesar_objects', ...TABLES],
        types: TYPES,
      },
    ],
    ['types only', { routines: { mathesar_types: 0 }, tables: [], types: TYPES }],
    [
      'remains of a non-strict removal',
      {
        routines: { msar: 1, __msar: 0, mathesar_types: 0 },
        tables: ['all_mathesar_objects'],
        types: ['email', 'mathesar_money', 'uri'],
      },
    ],
    ['msar gone', { routines: { __msar: 17, mathesar_types: 0 }, tables: [], types: TYPES }],
    ['hstore casts', { routines: { ...clean, mathesar_types: 7 }, tables: TABLES, types: TYPES }],
  ])('brings a database into the state: %s', async (state, expected) => {
    const settings = await ownedDatabase()
    await createReleaseState(settings, state)
    expect(await contents(settings.database)).toEqual(expected)
  })
})

describe('comments that are not ASCII', () => {
  it('are changed, whether nested or in the body of a routine, and nothing else is', () => {
    expect(
      withAsciiComments(
        `SELECT 'é -- é', E'\\'é--', "é", $$é -- é$$; -- é é
        /* é /* é */ ' é */ SELECT 'é';
        CREATE FUNCTION f() RETURNS text AS $x$ SELECT 'é' /* é' */; $x$ LANGUAGE sql; -- €`,
      ),
    ).toBe(
      `SELECT 'é -- é', E'\\'é--', "é", $$é -- é$$; -- ? ?
        /* ? /* ? */ ' ? */ SELECT 'é';
        CREATE FUNCTION f() RETURNS text AS $x$ SELECT 'é' /* ?' */; $x$ LANGUAGE sql; -- ?`,
    )
  })
})
