import { OperatorError } from '../../errors.ts'
import { toRun } from '../../hint.ts'
import { compose } from '../../postgres/compose.ts'
import { quoteLiteral } from '../../postgres/quote.ts'
import type { Session } from '../../postgres/types.ts'
import { nameList, SAFE_SETTINGS } from '../inspect/catalog.ts'
import { readChecked, readRows } from '../inspect/catalog-read.ts'
import foreignExtensionsSql from './foreign-extensions.sql'

interface ForeignExtension {
  name: string
  schema: string
  owner: string
  remedy: string
}

/**
 * Returns the error for an extension inside the schemas that the removal would have to drop, and that belongs
 * to another role: the owner of a schema may drop what is in it, but no extension. `null` if there is none.
 * Errors: those of `readChecked`.
 *
 * @param role the role that the removal works as
 */
export async function missingForExtensions(
  session: Session,
  schemas: readonly string[],
  role: string,
): Promise<OperatorError | null> {
  const query = compose(foreignExtensionsSql, { schemas: nameList(schemas), role: quoteLiteral(role) })
  const extensions = await readChecked(session, () =>
    readRows<ForeignExtension>(session, SAFE_SETTINGS, query),
  )
  const [first] = extensions
  if (first === undefined) return null
  const { name, schema, owner } = first
  return new OperatorError(
    'INSUFFICIENT_PRIVILEGE',
    `Extension "${name}" in schema ${schema} belongs to role "${owner}", and role "${role}", which owns ` +
      'the schemas, may not drop it.',
    toRun(
      `Nothing was changed. Let "${owner}" or a superuser run, in this database:`,
      ...extensions.map(({ remedy }) => remedy),
    ),
    { data: { owner, role, objects: extensions.map((extension) => `extension ${extension.name}`) } },
  )
}
