/** Functions of the schemas beside another session that works on the same table. */
import { expect, it } from 'vitest'
import { as, installedDatabase, withSession } from './support.ts'

/** Whether a session waits for a lock on the table. */
const WAITING = `SELECT pid FROM pg_locks WHERE relation = 'public.t'::regclass AND NOT granted`

it('adds columns just after another session did, and returns its own alone', async () => {
  const settings = await installedDatabase()
  await as(settings, 'CREATE TABLE public.t (a integer)')
  const added = await withSession(settings, async (other) => {
    await other.run('BEGIN; ALTER TABLE public.t ADD COLUMN theirs integer')
    const call = as(
      settings,
      `SELECT msar.add_columns('public', 't', '[{"name":"b"},{"name":"c"}]', false) AS attnums`,
    )
    await expect.poll(() => other.query(WAITING)).toHaveLength(1)
    await other.run('COMMIT')
    return call
  })
  expect(added).toEqual([{ attnums: [3, 4] }])
})
