import type { Session } from '../postgres/types.ts'
import { doomedSchemas, listDependents } from './dependents.ts'
import { readSchemaState } from './state.ts'
import type { Dependent, RemovalSurvey, SurveyOptions } from './types.ts'

/**
 * Looks at what a removal of the Mathesar schemas would meet, and at what each strategy would do about it. Changes nothing
 * and waits for nobody's lock. A small constant number of round trips, whatever the number of tables.
 *
 * Errors: those of `toOperatorError`.
 */
export async function surveyRemoval(session: Session, options: SurveyOptions = {}): Promise<RemovalSurvey> {
  const state = await readSchemaState(session)
  const doomed = doomedSchemas(options)
  const all = await listDependents(session, options)
  const dependents = all.filter(({ kind }) => kind !== 'mention')
  const columns = dependents.filter(isColumn)
  const rows = columns.reduce((sum, { rows: count }) => sum + (count ?? 0), 0)
  const lockedRelations = new Set(dependents.map(({ schema, relation }) => `${schema}.${relation}`)).size
  return {
    schemas: state.schemas.map(({ name }) => name).filter((name) => doomed.includes(name)),
    dependents,
    mentions: all.filter(({ kind }) => kind === 'mention'),
    convert: {
      columns: columns.length,
      rows,
      rewrittenTables: 0,
      rewrittenBytes: 0,
      lockedRelations,
      rebuiltObjects: 0,
      refused: dependents.filter(({ refusesConvert }) => refusesConvert).length,
    },
    cascade: { columns: columns.length, rows, objects: dependents.length, lockedRelations },
  }
}

function isColumn({ kind }: Dependent): boolean {
  return kind === 'column' || kind === 'generated column'
}
