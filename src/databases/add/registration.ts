import { usageError } from '../../errors.ts'
import { toRun } from '../../hint.ts'
import type { ServerFacts, Session } from '../../postgres/types.ts'
import { grantCreateStatement, readAbilities, unableError } from '../../schema/inspect/abilities.ts'
import { bundledSource } from '../../schema/sources/index.ts'
import type { Capabilities } from '../../store/types.ts'
import type { Target } from '../check-target.ts'
import type { RunOptions } from '../events.ts'
import { requireFittingSource } from '../fitting-source.ts'
import type { AddDatabaseInput } from './types.ts'

/*
 * An add that only registers: it proves the connection and stores the credentials, and leaves the install to
 * Mathesar.
 */

/**
 * Refuses an add that names an option of an install though there is none, or whose SQL the Mathesar of that
 * store can't use. Errors: `USAGE`.
 */
export function requireInstallOptions(
  capabilities: Pick<Capabilities, 'generation'>,
  {
    registerOnly = false,
    existingSchema = null,
    source,
  }: Pick<AddDatabaseInput, 'registerOnly' | 'existingSchema' | 'source'>,
): void {
  if (!registerOnly) {
    requireFittingSource(capabilities, source ?? bundledSource())
    return
  }
  const isSourceGiven = source !== undefined
  if (!isSourceGiven && existingSchema === null) return
  const flag = isSourceGiven ? 'schema-source' : 'existing-schema'
  throw usageError(
    isSourceGiven
      ? 'With --register-only, no SQL is installed in the database.'
      : 'With --register-only, the Mathesar schemas in the database stay as they are.',
    `Leave --${flag} out.`,
    flag,
  )
}

/**
 * Checks that the role can use the schemas that exist, and warns of what it lacks for an install by Mathesar.
 * Errors: `INSUFFICIENT_PRIVILEGE` with the GRANT statements.
 */
export async function checkForRegistration(
  session: Session,
  { facts, state }: Target,
  options: RunOptions,
): Promise<'none'> {
  const reading = await readAbilities(session)
  const { abilities } = reading
  const isUsable = state.kind === 'ours' || state.kind === 'foreign'
  // Mathesar installs its SQL over remains, whatever the role can do with those.
  const usable = { ...reading, abilities: { ...abilities, createTables: true } }
  const unable = isUsable ? unableError(usable) : null
  if (unable !== null) throw unable
  if (!abilities.createSchemas) {
    options.onProgress?.({
      type: 'warning',
      message:
        `Role "${reading.role}" can't create schemas in database "${reading.database}"` +
        `${abilities.createTables ? '' : ', nor tables'}: Mathesar can't install its SQL as this role.`,
      hint: toRun(
        `If it has to, ask the owner of the database ("${reading.databaseOwner}") to run:`,
        grantCreateStatement(reading),
      ),
    })
  } else if (state.schemas.length > 0) {
    warnOfOtherOwner(facts, state.schemas, options)
  }
  return 'none'
}

/** Only the owner of the schemas or a superuser can install another version over them. */
function warnOfOtherOwner(
  { role, privileges }: ServerFacts,
  schemas: Target['state']['schemas'],
  options: RunOptions,
): void {
  const other = schemas.find(({ canActAsOwner }) => !canActAsOwner)
  if (privileges.superuser || other === undefined) return
  options.onProgress?.({
    type: 'warning',
    message:
      `Schema "${other.name}" belongs to role "${other.owner}": Mathesar can't install or upgrade its SQL ` +
      `as role "${role}".`,
    hint: `When Mathesar asks for a login, enter that of "${other.owner}" or of a superuser.`,
  })
}
