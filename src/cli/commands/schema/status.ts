import { Command } from 'commander'
import type { Store, StoredDatabase } from '../../../store/types.ts'
import { addConnectionFlags } from '../../flags/connection.ts'
import { roleOption } from '../../flags/role.ts'
import { targetArgument } from '../../flags/schema.ts'
import { schemaSourceOptions } from '../../flags/schema-source.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { namedSource } from '../../named-source.ts'
import type { SourceFlags } from '../../settings/schema-source.ts'
import { type TargetFlags, withTarget } from '../../target.ts'

interface StatusFlags extends TargetFlags, SourceFlags {}

export function schemaStatusCommand(): Command {
  const command = new Command('status').description(
    'Show the installed Mathesar schemas, and the changes to them since the install',
  )
  addConnectionFlags(command.addArgument(targetArgument())).addOption(roleOption())
  for (const option of schemaSourceOptions()) command.addOption(option)
  command.action(async (name: string | undefined, flags: StatusFlags) => {
    await runSchemaStatus(await startInvocation(command), name, flags)
  })
  withExplanation(command, [
    'The objects in the database, not a comment, show who installed the schemas: this program, or a ' +
      'release of Mathesar, which the command identifies by its functions. The state is "not usable" if ' +
      'only remains are left that no Mathesar can use.',
    'An install records its source, version and checksum, and a fingerprint of each object. Drift ' +
      'lists the objects that somebody changed, dropped or added since. If a removal kept the types, ' +
      'the command compares only mathesar_types.',
    'With --schema-source or --release, the command reports whether exactly that SQL was installed.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema status library', purpose: 'Show the schemas of a stored database' },
    {
      command: 'mathesarctl schema status --dsn service=library --json',
      purpose: 'Read the status in a script',
    },
  ])
}

async function runSchemaStatus(
  invocation: Invocation,
  name: string | undefined,
  flags: StatusFlags,
): Promise<void> {
  const { terminal } = invocation
  const [{ schemaStatusOf }, { showStatus }] = await Promise.all([
    import('../../../databases/schema.ts'),
    import('../../render/status.ts'),
  ])
  const source = await namedSource(invocation, flags)
  let stored: StoredDatabase | null = null
  const check = async (_store: Store, found: StoredDatabase) => {
    stored = found
  }
  const status = await withTarget(invocation, { name, flags, check }, (settings, options) =>
    schemaStatusOf(settings, options, source, stored),
  )
  if (terminal.isJson) terminal.document('schema status', status)
  else showStatus(status, terminal)
}
