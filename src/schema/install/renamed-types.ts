import { OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { listed } from '../../listed.ts'
import { compose } from '../../postgres/compose.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { nameList, SAFE_SETTINGS } from '../inspect/catalog.ts'
import type { SchemaSource } from '../sources/types.ts'
import renamedTypesSql from './renamed-types.sql'

interface RenamedType {
  /** Such as `mathesar_types.uri`. */
  name: string
  present: string
  statements: string[]
}

/**
 * Explains why SQL that replaces functions in place could not replace one (42P13), after the transaction was
 * rolled back: somebody renamed the type that it returns, or moved it. Columns of that type follow it, so
 * that no other type of the old name may take its place. Returns `null` for everything else.
 */
export async function describeRenamedTypes(
  session: Session,
  { types }: SchemaSource,
  error: unknown,
): Promise<OperatorError | null> {
  if (!(error instanceof OperatorError) || !isDatabaseError(error.details.cause)) return null
  if (error.details.cause.code !== '42P13') return null
  const query = compose(renamedTypesSql, { types: nameList(types) })
  const renamed = await session.run<RenamedType>(`${SAFE_SETTINGS}\n${query};`).catch(() => [])
  if (renamed.length === 0) return null
  const statements = renamed.flatMap((type) => type.statements)
  const changes = renamed.map(({ name, present }) => `${name} is ${present} now`)
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `Somebody renamed types of the Mathesar schemas in database "${session.settings.database}": ` +
      `${listed(changes)}.`,
    joinHints(
      'Nothing was changed.',
      toRun('Undo that, which keeps the columns of these types:', ...statements),
      'Then run the command again.',
    ),
    { ...error.details, data: { ...error.details.data, statements } },
  )
}
