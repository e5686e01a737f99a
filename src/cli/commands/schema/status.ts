import { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../flags/connection.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { withTarget } from '../../target.ts'

export function schemaStatusCommand(): Command {
  const command = new Command('status').description(
    'Which Mathesar schemas are installed, and what was changed in them',
  )
  addConnectionFlags(command).action(async (flags: ConnectionFlags) => {
    await runSchemaStatus(await startInvocation(command), flags)
  })
  withExplanation(command, [
    'Who installed the schemas is decided by the objects that are there, not by a comment: this program, a release of Mathesar (named as far as its functions show), or nobody any more, where only remains are left that no Mathesar can work with.',
    'An install records its source, version and checksum, and a fingerprint of each object. Drift lists the objects that were changed, dropped or added by hand since. Where a removal kept the types, only mathesar_types is looked at.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema status --dsn service=library --json', purpose: 'For a script' },
  ])
}

async function runSchemaStatus(invocation: Invocation, flags: ConnectionFlags): Promise<void> {
  const { terminal } = invocation
  const [{ schemaStatusOf }, { showStatus }] = await Promise.all([
    import('../../../databases/schema.ts'),
    import('../../render/status.ts'),
  ])
  const status = await withTarget(invocation, flags, schemaStatusOf)
  if (terminal.json) terminal.document('schema status', status)
  else showStatus(status, terminal)
}
