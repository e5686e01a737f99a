import { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../connection-flags.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import { withTarget } from './connection.ts'

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
    if (!status.installed) {
      terminal.result('The database has no Mathesar schemas.')
      return
    }
    const [{ summary }, { table }] = await Promise.all([
      import('../../render/summary.ts'),
      import('../../render/table.ts'),
    ])
    const own = status.source !== null
    terminal.result(
      summary(
        [
          ['source', status.source ?? 'not installed by mathesarctl'],
          ['version', status.version ?? 'unknown'],
          ['checksum', status.checksum ?? '-'],
          ...(status.typesOnly ? [['schemas', 'mathesar_types only'] as const] : []),
          ['objects', String(status.objects)],
          [
            'drift',
            own
              ? status.drift.length === 0
                ? 'none'
                : `${status.drift.length} ${status.drift.length === 1 ? 'object' : 'objects'}`
              : 'unknown',
          ],
        ],
        terminal.resultStyle,
      ),
    )
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
    'An install records its source, version and checksum, and a fingerprint of each object. Drift lists the objects that were changed, dropped or added by hand since. Where a removal kept the types, only mathesar_types is looked at.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema status --dsn service=library --json', purpose: 'For a script' },
  ])
}
