import { expect, it } from 'vitest'
import { removeSchema } from '../../../src/schema/removal/remove.ts'
import { sql, superuserSettings } from '../../support/database.ts'
import { installedDatabase, withSession } from '../support.ts'

it('refuses a foreign key that is not enforced, which would come back enforced', async () => {
  const { database } = await installedDatabase()
  await sql(
    database,
    `CREATE TABLE public.person (mail mathesar_types.email PRIMARY KEY);
     CREATE TABLE public.letter (mail mathesar_types.email REFERENCES public.person);
     ALTER TABLE public.letter DISABLE TRIGGER ALL;
     INSERT INTO public.letter VALUES ('nobody@example.net')`,
  )
  const convert = () =>
    withSession(superuserSettings(database), (session) =>
      removeSchema(session, { lockTimeoutMs: 5_000, strategy: 'convert' }),
    )
  await expect(convert()).rejects.toMatchObject({
    code: 'DEPENDENTS_EXIST',
    message: expect.stringContaining('constraint letter_mail_fkey on public.letter'),
    hint: expect.stringContaining('ALTER TABLE public.letter ENABLE TRIGGER ALL;'),
  })
  await sql(database, `DELETE FROM public.letter; ALTER TABLE public.letter ENABLE TRIGGER ALL`)
  expect(await convert()).toMatchObject({ converted: [{ relation: 'person' }, { relation: 'letter' }] })
})
