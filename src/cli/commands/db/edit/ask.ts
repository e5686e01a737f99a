import { notFound } from '../../../../databases/not-found.ts'
import type { ConnectionSettings } from '../../../../postgres/types.ts'
import type { Store } from '../../../../store/types.ts'
import { ASKED_FIELDS, askField } from '../../../prompts/connection.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import type { Reporter } from '../../../terminal.ts'

/** Asks for every value of a stored database, with the stored one as its default. Errors: `NOT_FOUND`. */
export async function askChanges(
  store: Store,
  name: string,
  { prompts, reporter }: { prompts: Prompts; reporter: Reporter },
): Promise<Partial<ConnectionSettings>> {
  const names = await store.names()
  if (!names.includes(name)) throw notFound(name, names)
  const { password: _kept, ...stored } = await store.settings(name)
  let values: Partial<ConnectionSettings> = stored
  reporter.info('Enter keeps the stored value.')
  for (const field of ASKED_FIELDS) {
    values = await askField(
      field,
      { values, sources: field === 'password' ? { password: 'stored' } : {}, env: {}, passfile: null },
      prompts,
    )
  }
  // An empty answer to the password's question keeps the stored one, too.
  const { password, ...rest } = values
  return password === null || password === undefined ? rest : { ...rest, password }
}
