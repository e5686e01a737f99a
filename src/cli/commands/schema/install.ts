import { Command } from 'commander'
import type { ExistingSchemaChoice } from '../../../databases/choose-action.ts'
import { addConnectionFlags, type ConnectionFlags } from '../../flags/connection.ts'
import { existingSchemaOption, lockTimeoutOption } from '../../flags/schema.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { withTarget } from '../../target.ts'

interface InstallFlags extends ConnectionFlags {
  lockTimeout?: number
  existingSchema?: ExistingSchemaChoice
  dryRun?: boolean
}

export function schemaInstallCommand(): Command {
  const command = new Command('install').description('Install the Mathesar schemas')
  addConnectionFlags(command)
    .addOption(lockTimeoutOption())
    .addOption(existingSchemaOption())
    .option('--dry-run', 'check everything, change nothing')
    .action(async (flags: InstallFlags) => runSchemaInstall(await startInvocation(command), flags))
  withExplanation(command, [
    'One transaction: all or nothing. The role must be a SUPERUSER or the OWNER of the database, or hold the CREATE privilege on it.',
    'Mathesar schemas that a release of Mathesar installed are left as they are, unless --existing-schema says otherwise. Where only the types were left by a removal, what is missing is installed and the types stay; other remains are an error.',
    'Schemas that an earlier version of this program installed are upgraded in place: no type, table or function that something uses is dropped. Those of a later version are left as they are.',
  ])
  return withExamples(command, [
    {
      command: 'mathesarctl schema install --dsn service=library',
      purpose: 'Into the database of a libpq service',
    },
  ])
}

async function runSchemaInstall(invocation: Invocation, flags: InstallFlags): Promise<void> {
  const { env, globals, terminal } = invocation
  const [{ installSchemaInto }, { findInternalDatabases }, { installedText }] = await Promise.all([
    import('../../../databases/schema.ts'),
    import('../../settings/internal-databases.ts'),
    import('../../render/install.ts'),
  ])
  const result = await withTarget(invocation, flags, (settings, options) =>
    installSchemaInto(
      settings,
      {
        existingSchema: flags.existingSchema ?? null,
        internal: findInternalDatabases(globals, env),
        dryRun: flags.dryRun === true,
      },
      options,
    ),
  )
  if (terminal.json) terminal.document('schema install', { ...result, ...terminal.collected() })
  else terminal.info(installedText(result, terminal.style))
}
