import { OperatorError } from '../../errors.ts'
import { PrivilegeError } from '../../postgres/errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { isDatabaseError } from '../../postgres/sqlstate.ts'
import type { Session } from '../../postgres/types.ts'
import { dependentsError, findDependents } from '../dependents/dependents.ts'
import type { Dependent } from '../dependents/types.ts'
import { readFutureOwner } from '../inspect/owner.ts'
import {
  canOwnerCreate,
  type FutureOwner,
  missingCreate,
  missingSchemas,
  otherOwners,
  type RolePlan,
} from '../inspect/privileges.ts'
import { parseRecord } from '../inspect/record.ts'
import { otherSourceText, releasesText, remainsError } from '../inspect/remains.ts'
import type { StateReading } from '../inspect/state.ts'
import type { OtherOwned, SchemaState } from '../inspect/types.ts'
import { describeRefusal } from '../removal/remove.ts'
import { actAsOwnerScript } from '../session/act-as.ts'
import { noticeReader, type SchemaProgress } from '../session/progress.ts'
import { inSchemaTransaction } from '../session/transaction.ts'
import { withAsciiParts } from '../sources/release/ascii.ts'
import { TYPES_SCHEMA } from '../sources/schemas.ts'
import type { SchemaOrigin, SchemaRecord, SchemaSource, SourceDescription } from '../sources/types.ts'
import { checkInstall } from './check.ts'
import { describeConflict, describeFault, describeReleaseConflict } from './conflicts.ts'
import { describePublications } from './publications.ts'
import { describeRenamedTypes } from './renamed-types.ts'
import { retryConflicts } from './retry.ts'
import { installStatements, OTHER_OWNERS_SQLSTATE } from './script.ts'
import { checkSuccession } from './succession.ts'
import type { InstallOptions } from './types.ts'

/**
 * Installs the Mathesar schemas of a source in one transaction under the advisory lock, in three round trips:
 * begin, lock and read the state again; the script; commit. It upgrades an earlier install of the same source
 * in the way that the source's `upgrade` names. If only the types are left, it restores the rest. With
 * `replace` it first drops what somebody else or another source installed, except the types and tables that
 * the source keeps, and the functions that something depends on: it replaces those in place. A failure
 * changes nothing, and no setting of the server changes in any case.
 *
 * `state` is the state that the caller decided upon. If another run installed the same source in the
 * meantime, this install upgrades that; if objects of somebody else or of another source appeared, it
 * refuses.
 *
 * The SQL of a release itself drops what earlier installs left, whoever created them, and this install relies
 * on that (see `checkSuccession`). It runs the transaction again if another installer, which takes no lock,
 * made it fail.
 *
 * Errors: `INSUFFICIENT_PRIVILEGE`, `SCHEMA_CONFLICT`, `LOCKED`, `DEPENDENTS_EXIST`; `UnknownOutcomeError`
 * with `details.data.installId` if the connection was lost at COMMIT: the record in the database then proves,
 * by that installId, whether the install took effect.
 */
export async function installSchema(
  session: Session,
  source: SchemaSource,
  state: SchemaState,
  options: InstallOptions,
): Promise<SchemaRecord> {
  let otherOwned: readonly OtherOwned[] = []
  let isCommitting = false
  // How many notices of progress the script has sent; null: it does not run.
  let notices: number | null = null
  const supersedes = source.upgrade === 'own'
  const isConverted = session.serverEncoding !== 'UTF8'
  const sent = supersedes && isConverted ? withAsciiParts(source, true) : source
  const install = () =>
    inSchemaTransaction(
      session,
      options.lockTimeoutMs,
      async (reading) => {
        const states = { seen: state, now: reading.state }
        const { record: kept } = reading.state
        if (options.isNeeded?.(reading.state) === false && kept !== null) return kept
        otherOwned = reading.state.otherOwned
        const { database } = session.settings
        const present = supersedes ? checkSuccession(source, states, options.replace, database) : null
        if (present !== null) return present
        if (!supersedes) refuseOthers(session, source, states, options.replace)
        const owner = await readFutureOwner(session, reading.state, options.owner)
        const plan = await checkInstall(session, source, reading.state, reading.facts, owner)
        const { actAs, claimed = [] } = plan
        const isReplaced = shouldReplaceContents(source, reading.state, options.replace)
        if (isReplaced) await refuseOwnObjects(session)
        const script = [
          ...claimed.map(
            (name) => `ALTER SCHEMA ${name} OWNER TO ${quoteIdentifier(actAs ?? reading.facts.role)};`,
          ),
          supersedes ? '' : createMissingStatements(source, reading, plan, owner),
          actAsOwnerScript(
            // Whether a guard is possible was read about the owners of before.
            claimed.length === 0 ? reading : { ...reading, canGuard: reading.isSuperuser },
            actAs,
            installStatements(sent, options.installId, isReplaced, reading.hasManifest),
          ),
          recordQuery(source),
        ]
        const statements = script.filter((statement) => statement !== '').join('\n')
        notices = 0
        const onProgress = (progress: SchemaProgress) => {
          if (progress.phase === 'install' && notices !== null) notices++
          options.onProgress?.(progress)
        }
        const reader = noticeReader({ ...options, onProgress })
        const rows = await session.run<{ record: string }>(statements, reader)
        notices = null
        const record = parseRecord(rows[0]?.record ?? null)
        if (record === null) throw new Error('the install left no record')
        isCommitting = true
        return record
      },
      {
        name: 'the install',
        earlier: options.earlier,
        onLock: options.onLock,
        data: { installId: options.installId },
        beforeCommit: options.beforeCommit,
      },
    )
  try {
    if (supersedes) return await retryConflicts(install, () => isCommitting, options.onRetry)
    const shouldReplace = shouldReplaceContents(source, state, options.replace)
    return await (shouldReplace ? describeRefusal(session, install, isInTheWayOf(source)) : install())
  } catch (error) {
    const claimed = ownedByOthers(error, otherOwned)
    if (claimed.length > 0) throw otherOwners(claimed)
    const published = await describePublications(session, error)
    if (published !== null) throw published
    if (supersedes) {
      const described = await describeReleaseConflict(session, source, error)
      throw describeFault(source, partAfter(source, notices), described, session.settings.database)
    }
    const renamed = await describeRenamedTypes(session, source, error)
    throw renamed ?? describeConflict(error, session.settings.database)
  }
}

/**
 * Returns whether the install first drops what is inside the schemas. It keeps the types of remains; nothing
 * may depend on the others.
 */
function shouldReplaceContents({ upgrade }: SchemaSource, { kind }: SchemaOrigin, replace: boolean): boolean {
  if (upgrade === 'own') return replace && kind !== 'absent'
  if (kind === 'absent' || kind === 'remains') return kind === 'remains'
  return replace || upgrade === 'drop and create'
}

/** Returns a query: the record that the install has written. */
function recordQuery({ record }: SchemaSource): string {
  const [first] = record.schemas
  return `SELECT pg_catalog.obj_description('${first}'::pg_catalog.regnamespace, 'pg_namespace') AS record;`
}

/** Returns the part of a source that runs after so many notices of progress; `null` if none does. */
function partAfter({ parts }: SchemaSource, notices: number | null): string | null {
  if (notices === null) return null
  return parts.flatMap(({ name, pieces }) => pieces.map(() => name))[notices] ?? null
}

/**
 * Returns the objects of other roles that an error is about: `OTHER_OWNERS_SQLSTATE`, which `recordScript`
 * raises, or the server's for an object that the owner of the schemas does not own. Empty for other errors.
 */
function ownedByOthers(error: unknown, otherOwned: readonly OtherOwned[]): readonly OtherOwned[] {
  if (!(error instanceof OperatorError) || !isDatabaseError(error.details.cause)) return []
  const { code, detail, message } = error.details.cause
  if (code === OTHER_OWNERS_SQLSTATE) {
    return otherOwned.filter(({ identity }) => detail?.includes(JSON.stringify(identity)))
  }
  if (!(error instanceof PrivilegeError) || error.privilege !== 'owner') return []
  const words = new Set(message.split(/[^\w$]+/))
  const named = otherOwned.filter(({ identity }) => words.has(bareName(identity)))
  return named.length > 0 ? named : otherOwned
}

/** Returns the name of a routine, type or table without its schema. */
function bareName(identity: string): string {
  return /[.]"?([\w$]+)/.exec(identity)?.[1] ?? ''
}

/** Refuses to replace what a user put inside the schemas. */
async function refuseOwnObjects(session: Session): Promise<void> {
  const own = (await findDependents(session)).filter(({ kind }) => kind === 'own object')
  if (own.length > 0) throw dependentsError(own, session.settings.database)
}

/**
 * Returns whether a dependent can stop a replacement: the install keeps its types, and with them what is of
 * these types.
 */
function isInTheWayOf({ types }: SourceDescription): (dependent: Dependent) => boolean {
  return ({ kind, reference }) =>
    kind !== 'mention' && !types.some((name) => reference === `${TYPES_SCHEMA}.${name}`)
}

/**
 * Refuses to install over what another source or somebody else installed, unless the operator chose to
 * replace what the survey showed. If only the types are left, it adds the rest without being asked, because
 * nothing can be lost.
 */
function refuseOthers(
  session: Session,
  source: SchemaSource,
  { seen, now }: { seen: SchemaState; now: SchemaState },
  replace: boolean,
): void {
  if (now.kind === 'absent' || (now.kind === 'ours' && now.record.source === source.name)) return
  const wasSeen = seen.kind === now.kind && seen.record?.source === now.record?.source
  if (wasSeen && (replace || (now.kind === 'remains' && now.of === 'types'))) return
  if (wasSeen && now.kind === 'remains') throw remainsError(now, session.settings.database, false)
  const names = now.schemas.filter((schema) => schema.objects > 0).map((schema) => schema.name)
  throw new OperatorError(
    'SCHEMA_CONFLICT',
    `The database has Mathesar schemas ${whose(now)} (objects in ${names.join(', ')}).`,
    wasSeen
      ? 'Use --existing-schema adopt to keep them as they are, or --existing-schema replace to put the ' +
          `${source.name} ones in their place.`
      : 'They appeared while this command ran. Run it again to decide what to do with them.',
    { field: 'existing-schema' },
  )
}

function whose(state: SchemaOrigin): string {
  if (state.kind === 'ours') return otherSourceText(state.record)
  const releases = state.kind === 'foreign' ? `, those of ${releasesText(state.releases)}` : ''
  return `that mathesarctl did not install${releases}`
}

/**
 * Creates missing schemas for the role that owns the others, while the session still is the role that logged
 * in: it is enough that one of the two has CREATE on the database. Errors: `INSUFFICIENT_PRIVILEGE` if
 * neither has.
 */
function createMissingStatements(
  source: SchemaSource,
  { state, facts }: StateReading,
  plan: RolePlan,
  owner: FutureOwner | undefined,
): string {
  const { actAs } = plan
  const missing = missingSchemas(source, state)
  if (missing.length === 0 || actAs === null) return ''
  if (!facts.privileges.create) {
    if (canOwnerCreate(plan, state, owner)) return ''
    throw missingCreate(facts.database, actAs, missing)
  }
  return missing.map((name) => `CREATE SCHEMA ${name} AUTHORIZATION ${quoteIdentifier(actAs)};`).join('\n')
}
