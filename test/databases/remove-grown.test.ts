import { describe, expect, it } from 'vitest'
import { recoverInterrupted } from '../../src/databases/recover/index.ts'
import { type RemovePlan, removeDatabase } from '../../src/databases/remove/index.ts'
import type { Store } from '../../src/store/types.ts'
import { ownedDatabase, sql } from '../support/database.ts'
import { liveStore, openLiveStore } from '../support/live-store.ts'
import { simulateApplication } from '../support/simulated-application.ts'

/** A removal while Mathesar's users go on with the database: what goes with its record grows. */

const ADMIN = { users: [{ username: 'ada' }] }

async function storedLibrary() {
  const { internal, store } = await liveStore(ADMIN)
  const settings = await ownedDatabase()
  await sql(settings.database, 'CREATE SCHEMA msar; CREATE SCHEMA __msar', [], settings)
  const { id } = await store.register('library', settings, {
    schema: null,
    access: { users: ['ada'], sqlVersion: '0.11.0' },
  })
  const grow = () => simulateApplication(internal).work({ server: 1, database: id, role: 1 })
  const schemas = async () =>
    (await sql(settings.database, "SELECT FROM pg_namespace WHERE nspname IN ('msar', '__msar')")).length
  return { internal, store: await openLiveStore(internal), grow, schemas }
}

/** Returns a store that calls `grow` once the entry of a removal is written. */
function growing(store: Store, grow: () => Promise<unknown>): Store {
  return {
    ...store,
    async begin(operation) {
      const held = await store.begin(operation)
      await grow()
      return held
    },
  }
}

describe('a removal whose plan is not true any more', () => {
  it('deletes nothing of a record, and the next one shows what goes by now', async () => {
    const { internal, store, grow } = await storedLibrary()
    const confirm = async () => {
      await grow()
      return true
    }
    const removal = removeDatabase(store, { name: 'library', confirm })
    await expect(removal).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining('"library"'),
      hint: expect.stringContaining('Run the same command again'),
    })
    const fresh = await openLiveStore(internal)
    expect(await fresh.names()).toEqual(['library'])
    const plans: RemovePlan[] = []
    await removeDatabase(fresh, { name: 'library', confirm: async (plan) => plans.push(plan) > 0 })
    expect(plans).toMatchObject([{ deletes: { explorations: 1, forms: 1, access: 1 } }])
    expect(await fresh.names()).toEqual([])
  })

  it('drops no schema where the plan grew before that', async () => {
    const { internal, store, grow, schemas } = await storedLibrary()
    const confirm = async () => {
      await grow()
      return true
    }
    const removal = removeDatabase(store, { name: 'library', removeSchema: true, confirm })
    await expect(removal).rejects.toMatchObject({
      code: 'LOCKED',
      hint: expect.stringContaining('Nothing was removed'),
    })
    expect(await schemas()).toBe(2)
    const fresh = await openLiveStore(internal)
    expect([await fresh.names(), await fresh.interrupted()]).toEqual([['library'], []])
  })

  it('keeps the record where the plan grew while the schemas were dropped, until somebody agrees', async () => {
    const { internal, store, grow, schemas } = await storedLibrary()
    const removal = removeDatabase(growing(store, grow), { name: 'library', removeSchema: true })
    await expect(removal).rejects.toMatchObject({
      code: 'LOCKED',
      hint: expect.stringContaining('schemas were dropped'),
    })
    expect(await schemas()).toBe(0)
    const fresh = await openLiveStore(internal)
    expect(await recoverInterrupted(fresh)).toMatchObject([
      { kind: 'remove', name: 'library', outcome: 'waiting', reason: { code: 'LOCKED' } },
    ])
    expect(await fresh.names()).toEqual(['library'])
    for (const removeSchema of [true, false]) {
      const plans: RemovePlan[] = []
      const confirm = async (plan: RemovePlan) => {
        plans.push(plan)
        return !removeSchema
      }
      const again = removeDatabase(fresh, { name: 'library', removeSchema, confirm })
      if (removeSchema) await expect(again).rejects.toMatchObject({ code: 'ABORTED' })
      else expect(await again).toMatchObject({ status: 'removed', deletes: { explorations: 1, forms: 1 } })
      expect(plans).toMatchObject([{ deletes: { explorations: 1, forms: 1 } }])
    }
    expect([await fresh.names(), await fresh.interrupted()]).toEqual([[], []])
  })

  it('removes less than the plan says where something is gone already', async () => {
    const { internal, store, grow } = await storedLibrary()
    await grow()
    const confirm = async () => {
      await internal.query('DELETE FROM mathesar_explorations')
      return true
    }
    expect(await removeDatabase(store, { name: 'library', confirm })).toMatchObject({ status: 'removed' })
    expect(await store.names()).toEqual([])
  })
})

/** Statements in the internal database that keep its record of a database from being deleted. */
const OBSTACLES = [
  [
    'a trigger that raises an error',
    `CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
     CREATE TRIGGER keep BEFORE DELETE ON public.mathesar_database FOR EACH ROW EXECUTE FUNCTION public.keep()`,
    'DROP TRIGGER keep ON public.mathesar_database',
  ],
  [
    'a trigger that raises an error of a constraint',
    `CREATE FUNCTION public.keep() RETURNS trigger LANGUAGE plpgsql
       AS $$ BEGIN RAISE 'not now' USING ERRCODE = 'check_violation'; END $$;
     CREATE TRIGGER keep BEFORE DELETE ON public.mathesar_database FOR EACH ROW EXECUTE FUNCTION public.keep()`,
    'DROP TRIGGER keep ON public.mathesar_database',
  ],
  [
    'a foreign key of another table',
    `CREATE TABLE public.billing (database_id integer REFERENCES public.mathesar_database (id));
     INSERT INTO public.billing SELECT id FROM public.mathesar_database`,
    'DROP TABLE public.billing',
  ],
] as const

describe('a removal whose record can not be deleted once the schemas are dropped', () => {
  it.each(OBSTACLES)('says so, and what removes the record: %s', async (_what, obstacle, wayOut) => {
    const { internal, store, schemas } = await storedLibrary()
    await sql(internal.settings.database, obstacle, [], internal.settings)
    const removal = removeDatabase(store, { name: 'library', removeSchema: true })
    const error = await removal.catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      hint: expect.stringMatching(
        /^The Mathesar schemas were dropped from the database\..*the same command again/,
      ),
      details: { data: { schemaRemoved: true } },
    })
    expect(String((error as { hint: string }).hint)).not.toContain('Nothing was changed.')
    expect(await schemas()).toBe(0)
    await sql(internal.settings.database, wayOut, [], internal.settings)
    const again = await removeDatabase(await openLiveStore(internal), { name: 'library', removeSchema: true })
    expect(again).toMatchObject({ status: 'removed', schemaRemoved: true })
    expect(await (await openLiveStore(internal)).names()).toEqual([])
  })
})
