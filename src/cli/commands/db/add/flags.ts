import type { Command } from 'commander'
import type { ExistingSchemaChoice } from '../../../../databases/choose-action.ts'
import { usageError } from '../../../../errors.ts'
import { addConnectionFlags, type ConnectionFlags } from '../../../flags/connection.ts'
import { mathesarUserOption } from '../../../flags/mathesar-user.ts'
import { type MissingValue, missingError } from '../../../flags/missing.ts'
import { existingSchemaOption, lockTimeoutOption } from '../../../flags/schema.ts'
import { givenSourceFlag, schemaSourceOptions, sourceFlagsOf } from '../../../flags/schema-source.ts'
import type { SourceFlags } from '../../../settings/schema-source.ts'

/** The flags as commander returns them. */
export interface AddFlags extends ConnectionFlags, SourceFlags {
  createDatabase?: boolean
  registerOnly?: boolean
  mathesarUser?: string[]
  /** Milliseconds. */
  lockTimeout?: number
  existingSchema?: ExistingSchemaChoice
  dryRun?: boolean
}

/** What the operator asked for on the command line. */
export interface AddOptions {
  /** The name to store the database under; without it the dialogue asks. */
  name: string | undefined
  connection: ConnectionFlags
  createDatabase: boolean
  registerOnly: boolean
  /** The SQL that was named. */
  source: SourceFlags
  /** The users of Mathesar that were named. */
  users: readonly string[]
  /** Null: the operator chose nothing. */
  existingSchema: ExistingSchemaChoice | null
  lockTimeoutMs: number | undefined
  dryRun: boolean
}

export function addAddFlags(command: Command): Command {
  addConnectionFlags(command)
    .addOption(lockTimeoutOption())
    .option('--create-database', 'create the database if the server has no database of that name')
    .option(
      '--register-only',
      'check the connection and store it, but install nothing: Mathesar installs its SQL itself',
    )
    .addOption(mathesarUserOption('may use the database in Mathesar (default: every active superuser)'))
  for (const option of schemaSourceOptions()) command.addOption(option)
  return command.addOption(existingSchemaOption()).option('--dry-run', 'run every check, but change nothing')
}

/** Reads the options from argument and flags. Errors: `USAGE` for SQL that is named and not installed. */
export function readAddOptions(name: string | undefined, flags: AddFlags): AddOptions {
  const { createDatabase, lockTimeout, existingSchema, dryRun, ...others } = flags
  const { registerOnly, mathesarUser, schemaSource, release, releaseChecksum, ...connection } = others
  const source = sourceFlagsOf(flags)
  if (registerOnly) refuseSource(source)
  return {
    name,
    connection,
    createDatabase: createDatabase === true,
    registerOnly: registerOnly === true,
    source,
    users: mathesarUser ?? [],
    existingSchema: existingSchema ?? null,
    lockTimeoutMs: lockTimeout,
    dryRun: dryRun === true,
  }
}

/** Errors: `USAGE` if a flag names SQL. */
function refuseSource(source: SourceFlags): void {
  const flag = givenSourceFlag(source)
  if (flag === null) return
  throw usageError(
    `--register-only installs no SQL, and --${flag} is about the SQL to install.`,
    'Leave one of the two out.',
    flag,
  )
}

/**
 * Returns the name on the command line. Errors: `USAGE` if it is missing, which names every value that is
 * missing.
 *
 * @param others what is missing besides the name
 */
export function requireName({ name }: AddOptions, others: readonly MissingValue[] = []): string {
  if (name !== undefined) return name
  const missing = {
    field: 'name',
    what: 'the unique name to store the database under',
    add: 'the name as an argument',
  }
  throw missingError([missing, ...others], 'The whole command is: mathesarctl db add NAME ...')
}
