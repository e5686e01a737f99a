import { OperatorError } from '../errors.ts'
import { joinHints } from '../hint.ts'
import type { SchemaSource } from '../schema/sources/types.ts'
import { givenSourceFlag } from './flags/schema-source.ts'
import type { Invocation } from './invocation.ts'
import { resolveSchemaSource, type SourceFlags } from './settings/schema-source.ts'

/**
 * Returns the SQL to install in a database that is not stored: what flags or the configuration name, else
 * what the Mathesar in use needs, else the bundled SQL. A Mathesar of 0.2.0 or later can't work with that.
 *
 * Errors: `USAGE` if that Mathesar needs a release and none is found; those of opening its internal database.
 */
export async function unstoredSource(invocation: Invocation, flags: SourceFlags): Promise<SchemaSource> {
  const { config, live } = invocation.globals
  const isNamed = [givenSourceFlag(flags), config['schema-source'], config.release].some((one) => one != null)
  if (isNamed || live === null) return resolveSchemaSource(invocation, flags, null)
  const { withWorkspace } = await import('./workspace.ts')
  try {
    return await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
      resolveSchemaSource(invocation, flags, store),
    )
  } catch (error) {
    if (!(error instanceof OperatorError) || invocation.signal.aborted) throw error
    throw error.with({
      hint: joinHints(
        error.hint,
        'Or, if the database is not for this Mathesar, name the SQL that it gets with --schema-source, or with ' +
          '--schema-source bundled that of Mathesar 0.1.x.',
      ),
    })
  }
}
