import { OperatorError } from '../../errors.ts'
import { listed } from '../../listed.ts'
import { compose } from '../../postgres/compose.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { SAFE_SETTINGS, SCHEMA_NAMES } from '../inspect/catalog.ts'
import publicationsSql from './publications.sql'

interface Publication {
  name: string
  isOfAllTables: boolean
}

const PUBLICATIONS_QUERY = compose(publicationsSql, { schemas: SCHEMA_NAMES })

/**
 * Explains why an install could not update or delete rows of a table (55000), after the transaction was
 * rolled back: a publication has its updates or deletes, and the table has no replica identity. Returns
 * `null` for everything else.
 */
export async function describePublications(session: Session, error: unknown): Promise<OperatorError | null> {
  if (!(error instanceof OperatorError) || !isDatabaseError(error.details.cause)) return null
  const { cause } = error.details
  if (cause.code !== '55000') return null
  const query = `${SAFE_SETTINGS}\n${PUBLICATIONS_QUERY};`
  const publications = await session.run<Publication>(query).catch(() => [])
  if (publications.length === 0) return null
  const names = listed(publications.map(({ name }) => `"${name}"`))
  const isOne = publications.length === 1
  const subject = `${isOne ? 'Publication' : 'Publications'} ${names} of database "${session.settings.database}"`
  const them = isOne ? 'it' : 'them'
  const narrower = publications.some(({ isOfAllTables }) => isOfAllTables)
    ? 'Publish your own tables or schemas instead of all tables'
    : `Leave the Mathesar schemas out of ${them}`
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `${subject} ${isOne ? 'includes' : 'include'} the Mathesar schemas, and the server refused to change a table there: ${cause.message}.`,
    `Nothing was changed. ${narrower}. Or drop ${them}, and create ${them} again afterwards: subscribers miss what ` +
      'changes in between. Then run the command again.',
    error.details,
  )
}
