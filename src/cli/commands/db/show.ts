import { Command } from 'commander'
import { withExamples } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'

export function dbShowCommand(): Command {
  const command = new Command('show')
    .description('Show what is stored of one database, never its password')
    .argument('<name>', 'name under which it is stored')
    .action(async (name: string) => runDbShow(await startInvocation(command), name))
  return withExamples(command, [{ command: 'mathesarctl db show library', purpose: 'Look at one database' }])
}

async function runDbShow(invocation: Invocation, name: string): Promise<void> {
  const { terminal } = invocation
  const [{ withWorkspace }, { showDatabase }] = await Promise.all([
    import('../../workspace.ts'),
    import('../../../databases/list.ts'),
  ])
  const stored = await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
    showDatabase(store, name),
  )
  if (terminal.json) {
    const { id: _id, ...shown } = stored
    terminal.document('db show', { ...shown, ...terminal.collected() })
    return
  }
  const [{ summary }, { databaseRows }] = await Promise.all([
    import('../../render/summary.ts'),
    import('../../render/database.ts'),
  ])
  terminal.result(summary(databaseRows(stored), terminal.resultStyle))
}
