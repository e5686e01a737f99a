import { expect, it } from 'vitest'
import { findDependents, listDependents } from '../../src/schema/dependents/dependents.ts'
import { isSlowLane } from '../support/lanes.ts'
import { as, installedDatabase, withSession } from './support.ts'

/**
 * A tenth of the tables in the default lane. The limits of time are the same: they are for a busy machine.
 */
const TABLES = isSlowLane ? 10_000 : 1_000
const DEPENDENT = TABLES / 20

it(`finds dependents fast among ${TABLES} tables, ${DEPENDENT} of them dependent`, async () => {
  const settings = await installedDatabase()
  await as(
    settings,
    `DO $$ BEGIN
       FOR i IN 1 .. ${TABLES - DEPENDENT} LOOP
         EXECUTE format('CREATE TABLE public.plain_%s (id integer, email text)', i);
         IF i % 500 = 0 THEN COMMIT; END IF;
       END LOOP;
     END $$`,
  )
  await as(
    settings,
    `DO $$ BEGIN
       FOR i IN 1 .. ${DEPENDENT} LOOP
         EXECUTE format('CREATE TABLE public.t%s (id integer, email mathesar_types.email, site text DEFAULT mathesar_types.uri_path(''a:b''))', i);
         EXECUTE format('INSERT INTO public.t%s VALUES (1, ''a@b'')', i);
         IF i % 5 = 0 THEN
           EXECUTE format('CREATE INDEX ON public.t%s (email)', i);
           EXECUTE format('ALTER TABLE public.t%s ADD CHECK (mathesar_types.uri_scheme(site) <> ''x'')', i);
           EXECUTE format('CREATE VIEW public.v%1$s AS SELECT email, mathesar_types.uri_path(site) FROM public.t%1$s', i);
           EXECUTE format('CREATE VIEW public.w%1$s AS SELECT email FROM public.v%1$s', i);
         END IF;
         IF i % 100 = 0 THEN COMMIT; END IF;
       END LOOP;
     END $$`,
  )
  await withSession(settings, async (session) => {
    const timed = async <T>(action: () => Promise<T>): Promise<[T, number]> => {
      const start = performance.now()
      return [await action(), performance.now() - start]
    }
    const [found, elapsed] = await timed(() => findDependents(session))
    expect(found.length).toBe(2 * DEPENDENT + (4 * DEPENDENT) / 5)
    // It takes a quarter of a second if nothing else is running; these tests share the machine with
    // others.
    expect(elapsed).toBeLessThan(2_000)
    const [listed, elapsedWithRows] = await timed(() => listDependents(session))
    expect(listed.filter(({ rows, counted }) => rows === 1 && counted).length).toBe(
      2 * DEPENDENT + (2 * DEPENDENT) / 5,
    )
    expect(elapsedWithRows).toBeLessThan(5_000)
  })
})
