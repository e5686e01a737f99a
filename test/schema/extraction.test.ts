/** What moving columns into a table of their own does with rows that others write meanwhile. */
import { expect, it } from 'vitest'
import { as, installedDatabase, withSession } from './support.ts'

it('refuses to extract columns where its transaction does not see all rows', async () => {
  const settings = await installedDatabase()
  await as(
    settings,
    `CREATE TABLE public.visits (id integer PRIMARY KEY, town text, day date);
     INSERT INTO public.visits VALUES (1, 'Bonn', '2024-01-01')`,
  )
  await withSession(settings, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await session.query('SELECT FROM public.visits')
    await as(settings, "INSERT INTO public.visits VALUES (2, 'Köln', '2024-01-02')")
    await expect(
      session.query(
        "SELECT msar.extract_columns_from_table('public.visits'::regclass, '{2}', 'towns', NULL)",
      ),
    ).rejects.toThrow('column "towns_id" of relation "visits" contains null values')
    await session.query('ROLLBACK')
  })
  expect(await as(settings, 'SELECT town FROM public.visits ORDER BY id')).toEqual([
    { town: 'Bonn' },
    { town: 'Köln' },
  ])
})
