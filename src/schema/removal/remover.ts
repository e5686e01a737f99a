import { compose } from '../../postgres/compose.ts'
import { dollarQuote, quoteLiteral } from '../../postgres/quote.ts'
import { nameList, SAFE_SETTINGS } from '../inspect/catalog.ts'
import { canCreateSchemas, type RolePlan } from '../inspect/privileges.ts'
import { RECORD_PREFIX } from '../inspect/record.ts'
import type { StateReading } from '../inspect/state.ts'
import { enclosedStatements } from '../session/enclosed.ts'
import { isLaterVersion } from '../sources/compare-versions.ts'
import { joinSql } from '../sources/pieces.ts'
import { type MathesarSchema, TYPES_SCHEMA } from '../sources/schemas.ts'
import type { VersionedRemover } from '../sources/types.ts'
import callRemoverSql from './call-remover.sql'
import clearRecordSql from './clear-record.sql'
import runRemoverSql from './run-remover.sql'
import { DROP_HSTORE_CASTS, rememberContentsStatement } from './script.ts'

/**
 * Returns whether a removal runs the remover of a release before it drops what is left: the schemas must not
 * be those of a later release, which that remover does not know, and they must have one owner with CREATE on
 * the database, for the remover is created in `msar` first. For another role the files of the release run in
 * a guard, or not at all: under SET ROLE they could become the role of the session again.
 */
export function canRunRemover(
  { version }: VersionedRemover,
  { state, facts, canGuard }: Pick<StateReading, 'state' | 'facts' | 'canGuard'>,
  plan: RolePlan,
): boolean {
  if (plan.actAs !== null && !canGuard) return false
  if (plan.isMixed || !state.schemas.some(({ name }) => name === 'msar')) return false
  if (state.kind === 'ours' && state.record.source === 'release') {
    if (isLaterVersion(state.record.version, version)) return false
  } else if ((state.kind === 'foreign' || state.kind === 'remains') && state.releases !== null) {
    if (isLaterVersion(state.releases.oldest, version)) return false
  }
  return canCreateSchemas(plan, state, facts)
}

/**
 * Returns the script that creates the remover of a release and runs it on these schemas, in a subtransaction:
 * a failure leaves the schemas as they were, for the drop that follows.
 */
export function removerScript(
  { parts, routine }: VersionedRemover,
  names: readonly MathesarSchema[],
): string {
  const hasTypes = names.includes(TYPES_SCHEMA)
  const script = [
    ...(hasTypes ? [DROP_HSTORE_CASTS] : []),
    ...parts.map((part) => enclosedStatements(joinSql(part))),
    compose(callRemoverSql, { routine, schemas: nameList(names), shouldRemoveTypes: String(hasTypes) }),
  ].join('\n\n')
  return [
    rememberContentsStatement(names),
    `DO ${dollarQuote(compose(runRemoverSql, { script: dollarQuote(script) }))};`,
    SAFE_SETTINGS,
  ].join('\n\n')
}

/**
 * A statement that clears the record from the schema of the types, where a removal leaves that schema and
 * nothing in it is of the recorded install any more.
 */
export const CLEAR_KEPT_RECORD = compose(clearRecordSql, {
  name: quoteLiteral(TYPES_SCHEMA),
  recordPrefix: quoteLiteral(RECORD_PREFIX),
})
