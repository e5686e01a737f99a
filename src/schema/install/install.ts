import { OperatorError } from '../../errors.ts'
import { PrivilegeError } from '../../postgres/errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { dependentsError, findDependents } from '../dependents/dependents.ts'
import { missingCreate, missingSchemas, otherOwners, planInstall } from '../inspect/privileges.ts'
import { parseRecord } from '../inspect/record.ts'
import { releasesText, remainsError } from '../inspect/remains.ts'
import type { StateReading } from '../inspect/state.ts'
import { describeRefusal } from '../removal/remove.ts'
import { dropContentsScript, refuseLeftoversScript } from '../removal/script.ts'
import { guardStatements, REFUSE_DEFERRED } from '../session/guard.ts'
import { noticeReader } from '../session/progress.ts'
import { actAsScript, inSchemaTransaction } from '../session/transaction.ts'
import { KEPT_TYPES } from '../sources/kept-types.ts'
import type { SchemaSource } from '../sources/types.ts'
import type { Dependent, InstallOptions, OtherOwned, SchemaRecord, SchemaState } from '../types.ts'
import { recordScript, topicsScript } from './script.ts'

export { planInstall } from '../inspect/privileges.ts'

/**
 * Installs the Mathesar schemas in one transaction under the advisory lock, in three round trips: begin, lock and look
 * again; the script; commit. An install over an earlier one of ours goes in place, without dropping any type or table.
 * Over remains that are types alone it puts back what is missing.
 * With `replace`, what somebody else installed goes first, but for the types and the table that Mathesar's releases
 * have in common with ours, and for functions that something depends on: those are replaced in place.
 * Nothing is changed on failure, and none of the server's settings in any case.
 *
 * `state` is what the caller decided upon. If another run installed the schemas in the meantime, this install goes
 * over them in place; if somebody else's objects appeared, it refuses.
 *
 * Errors: `INSUFFICIENT_PRIVILEGE`, `SCHEMA_CONFLICT`, `LOCKED`, `DEPENDENTS_EXIST`;
 * `UnknownOutcomeError` with `details.data.installId` if the connection was lost at COMMIT: the record in the database then tells, by that installId, whether it took effect.
 */
export async function installSchema(
  session: Session,
  source: SchemaSource,
  state: SchemaState,
  options: InstallOptions,
): Promise<SchemaRecord> {
  let otherOwned: readonly OtherOwned[] = []
  const install = () =>
    inSchemaTransaction(
      session,
      options.lockTimeoutMs,
      async (reading) => {
        refuseForeign(session, state, reading.state, options.replace)
        otherOwned = reading.state.otherOwned
        const { actAs } = planInstall(reading.state, reading.facts)
        // The types of remains are kept, and what else hangs there must not stay.
        const replaced =
          (options.replace && reading.state.kind !== 'absent') || reading.state.kind === 'remains'
        if (replaced) await refuseOwnObjects(session)
        const script = [
          createMissing(reading, actAs),
          actAsOwner(reading, actAs, [
            ...(replaced ? [dropContentsScript('replace')] : []),
            topicsScript(source),
            ...(replaced ? [refuseLeftoversScript()] : []),
            recordScript(source, options.installId),
          ]),
          `SELECT pg_catalog.obj_description('msar'::pg_catalog.regnamespace, 'pg_namespace') AS record;`,
        ]
        const statements = script.filter((part) => part !== '').join('\n')
        const rows = await session.run<{ record: string }>(statements, noticeReader(options))
        const record = parseRecord(rows[0]?.record ?? null)
        if (record === null) throw new Error('the install left no record')
        return record
      },
      {
        what: 'the install',
        data: { installId: options.installId },
        beforeCommit: options.beforeCommit,
      },
    )
  try {
    const replaces = options.replace || state.kind === 'remains'
    return await (replaces ? describeRefusal(session, install, isInTheWay) : install())
  } catch (error) {
    if (isOwnership(error) && otherOwned.length > 0) throw otherOwners(otherOwned)
    throw describeConflict(error, session.settings.database)
  }
}

/** The owner of the schemas is not the owner of something inside that had to be replaced. */
function isOwnership(error: unknown): boolean {
  return error instanceof PrivilegeError && error.privilege === 'owner'
}

/**
 * Says what the server would not replace, where no dependent tells it: a routine with another result, other names of
 * arguments (42P13) or of another kind (42809), something that a kept type uses, or what another session made of it at
 * the same time (2BP01).
 */
function describeConflict(error: unknown, database: string): unknown {
  if (!(error instanceof OperatorError) || !isDatabaseError(error.details.cause)) return error
  const { cause } = error.details
  const inUse = cause.code === '2BP01'
  if (!inUse && cause.code !== '42P13' && cause.code !== '42809') return error
  const advice =
    cause.hint ?? cause.detail ?? 'See what depends on the schemas with: mathesarctl schema dependents.'
  return new OperatorError(
    inUse ? 'DEPENDENTS_EXIST' : 'SCHEMA_CONFLICT',
    `The Mathesar schemas of database "${database}" can't be replaced in place: ${cause.message}.`,
    `Nothing was changed. ${advice}`,
    error.details,
  )
}

/** What a user put inside the schemas is nobody's to replace. */
async function refuseOwnObjects(session: Session): Promise<void> {
  const own = (await findDependents(session)).filter(({ kind }) => kind === 'own object')
  if (own.length > 0) throw dependentsError(own, session.settings.database)
}

/** Whether a dependent can stop a replacement: the types are kept, and with them what is of these types. */
function isInTheWay({ kind, reference }: Dependent): boolean {
  return kind !== 'mention' && !KEPT_TYPES.some((name) => reference === `mathesar_types.${name}`)
}

/**
 * An install never goes over what this program did not make, unless the operator chose to replace what was seen. Types that
 * are left alone are completed: nothing is in their place that could be lost.
 */
function refuseForeign(session: Session, seen: SchemaState, now: SchemaState, replace: boolean): void {
  if (now.kind === 'absent' || now.kind === 'ours') return
  const wasSeen = seen.kind === now.kind
  if (wasSeen && (replace || (now.kind === 'remains' && now.of === 'types'))) return
  if (wasSeen && now.kind === 'remains') throw remainsError(now, session.settings.database, false)
  const names = now.schemas.filter((schema) => schema.objects > 0).map((schema) => schema.name)
  const whose = now.kind === 'foreign' ? `, those of ${releasesText(now.releases)}` : ''
  throw new OperatorError(
    'SCHEMA_CONFLICT',
    `The database has Mathesar schemas that mathesarctl did not install${whose} (objects in ${names.join(', ')}).`,
    wasSeen
      ? 'Use --existing-schema adopt to keep them as they are, or --existing-schema replace to put the bundled ones in their place.'
      : 'They appeared while this command ran. Run it again to decide what to do with them.',
    { field: 'existing-schema' },
  )
}

/**
 * The script as the owner of the schemas: in a guard, since triggers and defaults in them may run the owner's code. Where none
 * can be made it runs under SET ROLE, as the bundled SQL runs nobody's code.
 */
function actAsOwner(
  { guardPossible, superuser }: StateReading,
  actAs: string | null,
  scripts: readonly string[],
): string {
  if (actAs === null) return scripts.join('\n')
  if (!guardPossible) return [actAsScript(actAs), ...scripts, 'RESET ROLE;'].join('\n')
  const guarded = guardStatements({ owner: actAs }, [scripts.join('\n').replace(/;\s*$/, '')], superuser)
  return [...guarded, REFUSE_DEFERRED].map((statement) => `${statement};`).join('\n')
}

/**
 * Creates missing schemas for the role that owns the others, while the session still is the role that logged in: it is
 * enough that one of the two has CREATE on the database. Errors: `INSUFFICIENT_PRIVILEGE` if neither has.
 */
function createMissing({ state, facts, ownerMayCreate }: StateReading, actAs: string | null): string {
  const missing = missingSchemas(state)
  if (missing.length === 0 || actAs === null) return ''
  if (!facts.privileges.create) {
    if (ownerMayCreate) return ''
    throw missingCreate(facts.database, actAs, missing)
  }
  return missing.map((name) => `CREATE SCHEMA ${name} AUTHORIZATION ${quoteIdentifier(actAs)};`).join('\n')
}
