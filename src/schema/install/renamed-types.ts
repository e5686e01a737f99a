import { type ErrorDetails, OperatorError } from '../../errors.ts'
import { joinHints, toRun } from '../../hint.ts'
import { listed } from '../../listed.ts'
import { compose } from '../../postgres/compose.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { nameList, SAFE_SETTINGS } from '../inspect/catalog.ts'
import type { SchemaSource } from '../sources/types.ts'
import renamedTypesSql from './renamed-types.sql'

/** A type that somebody renamed or moved. */
export interface RenamedType {
  /** Such as `mathesar_types.uri`. */
  name: string
  present: string
  /** Those that undo it. */
  statements: string[]
}

/** Returns a query of the types of these names that somebody renamed: see renamed-types.sql. */
export function renamedTypesQuery(types: readonly string[]): string {
  return compose(renamedTypesSql, { types: nameList(types) })
}

/**
 * Explains why SQL that replaces functions in place could not replace one (42P13), after the transaction was
 * rolled back: somebody renamed the type that it returns, or moved it. Returns `null` for everything else.
 */
export async function describeRenamedTypes(
  session: Session,
  { types }: SchemaSource,
  error: unknown,
): Promise<OperatorError | null> {
  if (!(error instanceof OperatorError) || !isDatabaseError(error.details.cause)) return null
  if (error.details.cause.code !== '42P13') return null
  const query = `${SAFE_SETTINGS}\n${renamedTypesQuery(types)};`
  const renamed = await session.run<RenamedType>(query).catch(() => [])
  return renamedTypesError(renamed, error.details, session.settings.database)
}

/**
 * Returns the error about renamed types; `null` if there are none. Columns of a type follow it, so that no
 * other type of the old name may take its place.
 */
export function renamedTypesError(
  renamed: readonly RenamedType[],
  details: ErrorDetails,
  database: string,
): OperatorError | null {
  if (renamed.length === 0) return null
  const statements = renamed.flatMap((type) => type.statements)
  const changes = renamed.map(({ name, present }) => `${name} is ${present} now`)
  return new OperatorError(
    'SCHEMA_CONFLICT',
    `Somebody renamed types of the Mathesar schemas in database "${database}": ${listed(changes)}.`,
    joinHints(
      'Nothing was changed.',
      toRun('Undo that, which keeps the columns of these types:', ...statements),
      'Then run the command again.',
    ),
    { ...details, data: { ...details.data, statements } },
  )
}
