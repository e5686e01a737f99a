import { bundledSource, readRelease, releaseSource } from '../../databases/interface/schema-source.ts'
import type { SchemaSource } from '../../schema/sources/types.ts'
import type { Store } from '../../store/types.ts'
import type { Invocation } from '../invocation.ts'

/** The flags that choose the SQL of the Mathesar schemas, as commander returns them. */
export interface SourceFlags {
  /** `bundled`, or the path of a release's tree, its tarball, or its `db/sql`. */
  schemaSource?: string
  /** The release: whose SQL is fetched, or to which `db/sql` alone belongs. */
  release?: string
}

/**
 * Returns the source of the SQL: what the flags name, else what the Mathesar of the store needs, as far as
 * this machine has it. Errors: `USAGE`.
 *
 * @param store the internal database; `null` for a database that is not stored
 */
export async function resolveSchemaSource(
  _invocation: Pick<Invocation, 'globals' | 'env' | 'terminal' | 'signal'>,
  { schemaSource, release }: SourceFlags,
  _store: Pick<Store, 'capabilities' | 'mathesar'> | null,
): Promise<SchemaSource> {
  if (schemaSource === undefined || schemaSource === 'bundled') return bundledSource()
  return releaseSource(await readRelease(schemaSource, { release: release ?? null }))
}
