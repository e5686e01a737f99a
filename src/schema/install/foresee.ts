import { compose } from '../../postgres/compose.ts'
import type { Session } from '../../postgres/types.ts'
import { listDependents } from '../dependents/dependents.ts'
import { nameList, SAFE_SETTINGS, SCHEMA_NAMES } from '../inspect/catalog.ts'
import { readChecked } from '../inspect/catalog-read.ts'
import { compareVersions } from '../sources/compare-versions.ts'
import { KNOWN_TABLES } from '../sources/known.ts'
import { A_MATHESAR } from '../sources/mathesar.ts'
import { joinSql } from '../sources/pieces.ts'
import { LAST_KNOWN } from '../sources/release/version.ts'
import type { MathesarSchema } from '../sources/schemas.ts'
import type { SchemaSource } from '../sources/types.ts'
import {
  dependentsError,
  LEGACY_SCHEMAS_SQL,
  type LegacySchema,
  legacyOwnerError,
  legacySchemaError,
} from './conflicts.ts'
import foreseenSql from './foreseen.sql'
import holdersSql from './holders.sql'
import { type RenamedType, renamedTypesError, renamedTypesQuery } from './renamed-types.ts'

/** The schemas that the SQL of a release drops and creates again. It keeps `mathesar_types` for its types. */
const DROPPED = ['msar', '__msar'] satisfies readonly MathesarSchema[]

interface Foreseen {
  schemas: LegacySchema[]
  /** The names of relations that no source creates. */
  relations: string[]
  renamedTypes: RenamedType[]
}

const FORESEEN_QUERY = compose(foreseenSql, {
  legacySchemas: LEGACY_SCHEMAS_SQL,
  renamedTypes: renamedTypesQuery(A_MATHESAR.types),
  doomed: nameList(DROPPED),
  tables: nameList(KNOWN_TABLES),
})

const HOLDERS_QUERY = compose(holdersSql, {
  schemas: SCHEMA_NAMES,
  dropped: nameList(DROPPED),
  tables: nameList(KNOWN_TABLES),
})

/**
 * Refuses, before the SQL of a release runs, what is sure to stop it: schemas of earlier releases that it
 * would drop and that are of other owners, or hold something, and a user's own relations inside the schemas.
 * It also refuses types that somebody renamed: the SQL would create others, which the columns do not have.
 * One round trip, more only where there are such relations.
 *
 * Errors: as `describeReleaseConflict`; those of `readChecked`.
 */
export async function refuseInTheWay(session: Session, source: SchemaSource): Promise<void> {
  if (source.upgrade !== 'own') return
  const { database } = session.settings
  const query = `${SAFE_SETTINGS}\n${FORESEEN_QUERY}`
  const [row] = await readChecked(session, () => session.run<Foreseen>(query))
  if (row === undefined) throw new Error('the query for what is in the way returned no row')
  const { schemas, relations, renamedTypes } = row
  const error =
    legacyOwnerError(schemas, {}) ??
    legacySchemaError(schemas, {}, database) ??
    renamedTypesError(renamedTypes, {}, database)
  if (error !== null) throw error
  if (relations.length > 0) await refuseOwnRelations(session, source, relations)
}

/**
 * Refuses relations inside schemas that the SQL drops when they are empty. Where something depends on what it
 * would drop before, it leaves the schemas as they are, with the relations: then nothing is sure.
 */
async function refuseOwnRelations(
  session: Session,
  source: SchemaSource,
  relations: readonly string[],
): Promise<void> {
  // A later release may do something else, and has tables that this program does not know.
  if (compareVersions(source.version, LAST_KNOWN) > 0) return
  const words = new Set(source.parts.map(joinSql).join('\n').match(/\w+/g))
  if (relations.some((name) => words.has(name)) || (await isHeld(session, words))) return
  const own = (await listDependents(session)).filter(
    ({ kind, schema }) => kind === 'own object' && DROPPED.some((name) => name === schema),
  )
  if (own.length === 0) return
  const reason = `it drops the schemas ${DROPPED.join(' and ')}, and the server drops none that holds something`
  throw dependentsError(source, own, reason, {}, session.settings.database)
}

/** Returns whether something that the SQL of the source does not drop may depend on what it drops. */
async function isHeld(session: Session, words: ReadonlySet<string>): Promise<boolean> {
  const query = `${SAFE_SETTINGS}\n${HOLDERS_QUERY}`
  const [row] = await readChecked(session, () =>
    session.run<{ hasOthers: boolean; routines: string[] }>(query),
  )
  return row === undefined || row.hasOthers || row.routines.some((name) => !words.has(name))
}
