/** What moving columns into a table of their own does with what others change meanwhile. */
import { expect, it, vi } from 'vitest'
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

it('extracts a column as it is once a change of its type is over', async () => {
  const settings = await installedDatabase()
  await as(
    settings,
    `CREATE TABLE public.visits (id integer PRIMARY KEY, cost integer);
     INSERT INTO public.visits VALUES (1, 3)`,
  )
  await withSession(settings, async (changing) => {
    await changing.query('BEGIN')
    await changing.query('ALTER TABLE public.visits ALTER COLUMN cost TYPE numeric USING cost / 2.0')
    const extraction = as(
      settings,
      "SELECT msar.extract_columns_from_table('public.visits'::regclass, '{2}', 'costs', NULL)",
    )
    await vi.waitFor(async () => {
      const waiting = await as(
        settings,
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      )
      expect(waiting).toHaveLength(1)
    })
    await changing.query('COMMIT')
    await extraction
  })
  expect(await as(settings, 'SELECT cost::text FROM public.costs')).toEqual([{ cost: '1.5000000000000000' }])
})
