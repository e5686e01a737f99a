import { describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../src/postgres/types.ts'
import { ownedDatabase, sql } from '../../support/database.ts'
import { as, install } from '../support.ts'

describe('hstore', () => {
  const casts = (settings: ConnectionSettings) =>
    as<{ name: string }>(
      settings,
      `SELECT proname AS name FROM pg_proc WHERE pronamespace = 'mathesar_types'::regnamespace
         AND proargtypes[0] = (SELECT oid FROM pg_type WHERE typname = 'hstore') ORDER BY 1`,
    )
  const NAMES = [
    '_double_quote_char_double_quote_',
    'character',
    'character_varying',
    'email',
    'name',
    'text',
    'uri',
  ]
  const withHstore = async (schema: string) => {
    const settings = await ownedDatabase()
    await sql(
      settings.database,
      `CREATE SCHEMA IF NOT EXISTS ${schema}; CREATE EXTENSION hstore SCHEMA ${schema};
       GRANT USAGE ON SCHEMA ${schema} TO PUBLIC`,
    )
    return settings
  }

  it('hstore is cast to text and the like where it is visible', async () => {
    const settings = await withHstore('public')
    await install(settings)
    expect((await casts(settings)).map(({ name }) => name)).toEqual(
      NAMES.map((name) => `cast_to_${name}`).sort(),
    )
    expect(
      await as(
        settings,
        `SELECT mathesar_types.cast_to_text('a=>1'::hstore) AS value, mathesar_types.cast_to_text(NULL::hstore) AS nothing`,
      ),
    ).toEqual([{ value: '"a"=>"1"', nothing: null }])
    await expect(as(settings, `SELECT mathesar_types.cast_to_email('a=>1'::hstore)`)).rejects.toMatchObject({
      code: '23514',
    })
    await install(settings)
    expect(await casts(settings)).toHaveLength(7)
  })

  it('hstore is found by the search_path of the session, in any schema', async () => {
    const settings = await withHstore('"Odd; schema"')
    await install(settings)
    expect(await casts(settings)).toEqual([])
    await sql(
      'postgres',
      `ALTER DATABASE ${settings.database} SET search_path = "$user", public, "Odd; schema"`,
    )
    await install(settings)
    expect(await casts(settings)).toHaveLength(7)
    expect(await as(settings, `SELECT mathesar_types.cast_to_text('a=>1'::hstore) AS value`)).toEqual([
      { value: '"a"=>"1"' },
    ])
  })

  it('hstore is not any type of that name', async () => {
    const settings = await ownedDatabase()
    await as(settings, 'CREATE DOMAIN public.hstore AS text')
    await install(settings)
    expect(await casts(settings)).toEqual([])
  })
})
