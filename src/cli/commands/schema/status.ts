import { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../flags/connection.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import { withTarget } from '../../target.ts'

export function schemaStatusCommand(): Command {
  const command = new Command('status').description(
    'Which Mathesar schemas are installed, and what was changed in them',
  )
  addConnectionFlags(command).action(async (flags: ConnectionFlags) => {
    const invocation = await startInvocation(command)
    const { terminal } = invocation
    const { schemaStatusOf } = await import('../../../databases/schema.ts')
    const status = await withTarget(invocation, flags, schemaStatusOf)
    if (terminal.json) {
      terminal.document('schema status', status)
      return
    }
    if (status.state === 'absent') {
      terminal.result('The database has no Mathesar schemas.')
      return
    }
    const [{ summary }, { table }, { statusRows, hstoreCastsWarning }] = await Promise.all([
      import('../../render/summary.ts'),
      import('../../render/table.ts'),
      import('../../render/status.ts'),
    ])
    terminal.result(summary(statusRows(status), terminal.resultStyle))
    if (status.hstoreCasts.length > 0) {
      const { message, hint } = hstoreCastsWarning(status.hstoreCasts)
      terminal.warn(message, hint)
    }
    if (status.drift.length > 0) {
      terminal.result('')
      terminal.result(
        table(
          [{ heading: 'CHANGE' }, { heading: 'OBJECT' }],
          status.drift.map(({ change, object }) => [change, object]),
          { width: terminal.columns, style: terminal.resultStyle },
        ),
      )
    }
  })
  withExplanation(command, [
    'Who installed the schemas is decided by the objects that are there, not by a comment: this program, a release of Mathesar (named as far as its functions show), or nobody any more, where only remains are left that no Mathesar can work with.',
    'An install records its source, version and checksum, and a fingerprint of each object. Drift lists the objects that were changed, dropped or added by hand since. Where a removal kept the types, only mathesar_types is looked at.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema status --dsn service=library --json', purpose: 'For a script' },
  ])
}
