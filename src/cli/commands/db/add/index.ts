import { Command } from 'commander'
import type { AddDatabaseResult } from '../../../../databases/add.ts'
import type { ExistingSchemaChoice, SchemaAction } from '../../../../databases/choose-action.ts'
import { usageError } from '../../../../errors.ts'
import { releasesText } from '../../../../schema/inspect/remains.ts'
import { addConnectionFlags, type ConnectionFlags } from '../../../flags/connection.ts'
import { existingSchemaOption, lockTimeoutOption } from '../../../flags/schema.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { shellWord } from '../../../shell-words.ts'

export interface AddFlags extends ConnectionFlags {
  createDatabase?: boolean
  schemaSource?: string
  lockTimeout?: number
  existingSchema?: ExistingSchemaChoice | undefined
  dryRun?: boolean
}

export function dbAddCommand(): Command {
  const command = new Command('add')
    .description('Add a user database: check it, install the Mathesar schemas, store the credentials')
    .argument('[name]', 'unique name to store it under')
  addConnectionFlags(command)
    .addOption(lockTimeoutOption())
    .option('--create-database', 'create the database if the server has none of that name')
    .option('--schema-source <source>', 'where the SQL comes from: bundled (default)')
    .addOption(existingSchemaOption())
    .option('--dry-run', 'check everything, change nothing')
    .action(async (name: string | undefined, flags: AddFlags) => {
      await runDbAdd(await startInvocation(command), name, flags)
    })
  withExplanation(command, [
    'The role must be a SUPERUSER or the OWNER of the database, or hold the CREATE privilege on it, because the Mathesar schemas (msar, __msar, mathesar_types) are installed in it.',
    'Before anything is changed these are checked, each with an error of its own: the name is free; the target is not Mathesar’s internal database; the host resolves; a connection is established in time; TLS as --sslmode asks; the login; the database exists; the server is PostgreSQL 13 to 18 and writable, and not behind a transaction pooler; event triggers are listed; the role has the privileges, CREATEDB included where the database is to be created. Where the schemas are there already, the role must be able to use them (USAGE, EXECUTE, SELECT) and to create tables. Other names under which the same database is stored are shown.',
    'A database that --create-database created is dropped again where the run fails or is interrupted, unless somebody else uses it by then.',
    'The schemas are installed in one transaction, then the credentials are stored, encrypted with the secret key. If the run is killed in between, the next command that writes finishes or forgets it, and commands that only read say so. The same command again changes nothing; with another password it stores that one, after it was proved.',
    'With --existing-schema adopt, Mathesar schemas that this program did not install are left untouched; replace puts the bundled ones in their place (types and columns of them stay; nothing is dropped by cascade); refuse makes them an error. Schemas of an earlier version of this program are upgraded in place.',
    'Remains that no Mathesar can work with are never adopted: where only the types were left, what is missing is installed; else they are an error that says what they are.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db add', purpose: 'Answer questions for everything' },
    {
      command:
        'mathesarctl db add library --host db.example.org --database library \\\n    --user mathesar --sslmode verify-full --password-stdin < password.txt',
      purpose: 'Everything by flags, the password from a file',
    },
    {
      command: 'mathesarctl db add library --dsn - < dsn.txt',
      purpose: 'A libpq URI or keyword string, kept out of the list of processes',
    },
    {
      command: 'mathesarctl db add library --database library --user me --dry-run',
      purpose: 'Only the checks',
    },
  ])
}

/** The whole command, also for `setup`, which offers it. */
export async function runDbAdd(
  invocation: Invocation,
  name: string | undefined,
  flags: AddFlags,
): Promise<void> {
  if (flags.schemaSource !== undefined && flags.schemaSource !== 'bundled') {
    throw usageError(
      `The schema source "${flags.schemaSource}" is not one that this version has.`,
      'Use --schema-source bundled, or leave the flag out.',
      'schema-source',
    )
  }
  const { addWithQuestions, addWithFlags } = await import('./dialogue.ts')
  const run = invocation.terminal.interactive ? addWithQuestions : addWithFlags
  await showAdded(invocation, await run(invocation, name, flags))
}

async function showAdded({ terminal }: Invocation, result: AddDatabaseResult): Promise<void> {
  if (terminal.json) {
    terminal.document('db add', { ...result, ...terminal.collected() })
    return
  }
  const { green } = terminal.style
  const { printable } = await import('../../../render/printable.ts')
  const name = printable(result.name, false)
  switch (result.status) {
    case 'planned':
      terminal.say(
        `Every check passed. Nothing was changed; without --dry-run this would ${plannedText(result)}.`,
      )
      return
    case 'unchanged':
      terminal.say(`"${name}" is stored already, with the same values. Nothing was changed.`)
      return
    case 'updated':
      terminal.say(`${green('Updated')} "${name}": ${result.updated.join(', ')}.`)
      return
    case 'added':
      terminal.say(
        `${green('Added')} "${name}" in ${(result.durationMs / 1000).toFixed(1)} s. ${schemaText(result)}`,
      )
      terminal.say(`Check it at any time with: mathesarctl db test ${shellWord(name)}`)
  }
}

function schemaText({ schemaAction, schema, createdDatabase }: AddDatabaseResult): string {
  const created = createdDatabase ? 'The database was created. ' : ''
  if (schemaAction === 'adopt') {
    const { release } = schema
    const whose = release === null ? '' : ` (those of ${releasesText(release)})`
    return `${created}The Mathesar schemas that were there${whose} were left untouched.`
  }
  if (schemaAction === 'keep')
    return `${created}The Mathesar schemas were installed already (${schema.version}).`
  return `${created}${schema.objects} objects are installed in the Mathesar schemas.`
}

/** What an install does where schemas are there already. */
const VERBS: Partial<Record<SchemaAction, string>> = {
  replace: 'replace the Mathesar schemas by',
  upgrade: 'upgrade the Mathesar schemas to',
}

function plannedText({ schemaAction, schema, createsDatabase }: AddDatabaseResult): string {
  const store = 'store the credentials'
  if (schemaAction === 'adopt') return `leave the Mathesar schemas that are there untouched, and ${store}`
  if (schemaAction === 'keep') return store
  const create = createsDatabase ? 'create the database, ' : ''
  const verb = VERBS[schemaAction] ?? 'install'
  return `${create}${verb} ${schema.objects} objects (${schema.source} ${schema.version}) and ${store}`
}
