import { Command } from 'commander'
import type { ExistingSchemaChoice } from '../../../databases/choose-action.ts'
import type { InstallSchemaResult } from '../../../databases/schema.ts'
import type { SchemaSource } from '../../../schema/sources/types.ts'
import type { Store } from '../../../store/types.ts'
import { addConnectionFlags } from '../../flags/connection.ts'
import { roleOption } from '../../flags/role.ts'
import { existingSchemaOption, lockTimeoutOption, targetArgument } from '../../flags/schema.ts'
import { schemaSourceOptions } from '../../flags/schema-source.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import type { SourceFlags } from '../../settings/schema-source.ts'
import { type TargetFlags, withTarget } from '../../target.ts'

interface InstallFlags extends TargetFlags, SourceFlags {
  lockTimeout?: number
  existingSchema?: ExistingSchemaChoice
  dryRun?: boolean
}

export function schemaInstallCommand(): Command {
  const command = new Command('install').description('Install the Mathesar schemas in a database')
  addConnectionFlags(command.addArgument(targetArgument()))
    .addOption(roleOption())
    .addOption(lockTimeoutOption())
    .addOption(existingSchemaOption())
  for (const option of schemaSourceOptions()) command.addOption(option)
  command
    .option('--dry-run', 'run every check, but change nothing')
    .action(async (name: string | undefined, flags: InstallFlags) => {
      await runSchemaInstall(await startInvocation(command), name, flags)
    })
  withExplanation(command, [
    'The command installs everything in one transaction, or nothing. The role must be a SUPERUSER or ' +
      'the OWNER of the database, or have the CREATE privilege on it.',
    'Mathesar schemas that a release of Mathesar installed stay as they are, unless --existing-schema ' +
      'states otherwise. If a removal left only the types, the command installs what is missing and ' +
      'keeps the types; other remains are an error.',
    'A Mathesar from 0.2.0 on needs the SQL of its own release. Where such a Mathesar is in use, the command ' +
      'uses the release that it finds beside the .env or where Mathesar is installed, or the one that ' +
      '--schema-source or --release names. That SQL takes the place of any earlier Mathesar schemas, ' +
      'except those of a later release.',
    'The command upgrades schemas that an earlier version of this program installed in place: it ' +
      'drops no type, table or function that something uses. Schemas of a later version stay as they ' +
      'are, and so do those of the same version, unless --existing-schema replace runs its SQL again: that ' +
      'restores what somebody dropped.',
  ])
  return withExamples(command, [
    {
      command: 'mathesarctl schema install --dsn service=library',
      purpose: 'Install them in the database of a libpq service',
    },
  ])
}

async function runSchemaInstall(
  invocation: Invocation,
  name: string | undefined,
  flags: InstallFlags,
): Promise<void> {
  const { env, globals, terminal } = invocation
  const [
    { installSchemaInto },
    { findInternalDatabases },
    { fittingSource },
    { unstoredSource },
    { installedText },
  ] = await Promise.all([
    import('../../../databases/schema.ts'),
    import('../../settings/internal-databases.ts'),
    import('../../fitting-source.ts'),
    import('../../unstored-source.ts'),
    import('../../render/install.ts'),
  ])
  let source: SchemaSource | null = null
  const check = async (store: Store) => {
    source = await fittingSource(invocation, flags, store)
  }
  const schemaAfter = ({ status, action, schema: { source, version } }: InstallSchemaResult) => {
    // An earlier run may have been killed before Mathesar's own record followed.
    const isConfirmed = action === 'keep' && source === 'release' && flags.dryRun !== true
    return status === 'installed' || isConfirmed ? { source, version } : undefined
  }
  const result = await withTarget(
    invocation,
    { name, flags, check, writes: flags.dryRun !== true, schemaAfter },
    async (settings, options) =>
      installSchemaInto(
        settings,
        {
          source: source ?? (await unstoredSource(invocation, flags)),
          existingSchema: flags.existingSchema ?? null,
          internal: findInternalDatabases(globals, env),
          dryRun: flags.dryRun === true,
        },
        options,
      ),
  )
  if (terminal.isJson) terminal.document('schema install', { ...result, ...terminal.collected() })
  else terminal.info(installedText(result, terminal.style))
}
