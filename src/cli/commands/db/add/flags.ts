import type { Command } from 'commander'
import type { ExistingSchemaChoice } from '../../../../databases/choose-action.ts'
import { usageError } from '../../../../errors.ts'
import { addConnectionFlags, type ConnectionFlags } from '../../../flags/connection.ts'
import { mathesarUserOption } from '../../../flags/mathesar-user.ts'
import { type MissingValue, missingError } from '../../../flags/missing.ts'
import { existingSchemaOption, lockTimeoutOption } from '../../../flags/schema.ts'

/** The flags as commander returns them. */
export interface AddFlags extends ConnectionFlags {
  createDatabase?: boolean
  registerOnly?: boolean
  mathesarUser?: string[]
  schemaSource?: string
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
  /** The users of Mathesar that were named. */
  users: readonly string[]
  /** Null: the operator chose nothing. */
  existingSchema: ExistingSchemaChoice | null
  lockTimeoutMs: number | undefined
  dryRun: boolean
}

export function addAddFlags(command: Command): Command {
  return addConnectionFlags(command)
    .addOption(lockTimeoutOption())
    .option('--create-database', 'create the database if the server has no database of that name')
    .option(
      '--register-only',
      'check the connection and store it, but install nothing: Mathesar installs its SQL itself',
    )
    .addOption(mathesarUserOption('may use the database in Mathesar (default: every active superuser)'))
    .option('--schema-source <source>', 'where the SQL comes from: bundled (default)')
    .addOption(existingSchemaOption())
    .option('--dry-run', 'run every check, but change nothing')
}

/** Reads the options from argument and flags. Errors: `USAGE` for a source that does not exist. */
export function readAddOptions(name: string | undefined, flags: AddFlags): AddOptions {
  const { createDatabase, schemaSource, lockTimeout, existingSchema, dryRun, ...others } = flags
  const { registerOnly, mathesarUser, ...connection } = others
  if (schemaSource !== undefined && schemaSource !== 'bundled') {
    throw usageError(
      `This version has no schema source "${schemaSource}".`,
      'Use --schema-source bundled, or leave the flag out.',
      'schema-source',
    )
  }
  return {
    name,
    connection,
    createDatabase: createDatabase === true,
    registerOnly: registerOnly === true,
    users: mathesarUser ?? [],
    existingSchema: existingSchema ?? null,
    lockTimeoutMs: lockTimeout,
    dryRun: dryRun === true,
  }
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
