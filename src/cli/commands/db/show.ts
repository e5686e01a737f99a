import { Command } from 'commander'
import { withExamples } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { storedName, withStoredName } from '../../stored-name.ts'

export function dbShowCommand(): Command {
  const command = new Command('show')
    .description('Show the stored settings of one database, without its password')
    .argument('[name]', 'name under which the database is stored')
    .action(async (name: string | undefined) => runDbShow(await startInvocation(command), name))
  return withExamples(command, [{ command: 'mathesarctl db show library', purpose: 'Show one database' }])
}

async function runDbShow(invocation: Invocation, given: string | undefined): Promise<void> {
  const { terminal } = invocation
  const name = await storedName(invocation, given, { verb: 'show' })
  const [{ withWorkspace }, { showDatabase }] = await Promise.all([
    import('../../workspace.ts'),
    import('../../../databases/list.ts'),
  ])
  const stored = await withStoredName(invocation, name, (chosen) =>
    withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) => showDatabase(store, chosen)),
  )
  if (terminal.isJson) {
    const { id: _id, ...shown } = stored
    terminal.document('db show', { ...shown, ...terminal.collected() })
    return
  }
  const [{ summary }, { databaseRows }] = await Promise.all([
    import('../../render/summary.ts'),
    import('../../render/database.ts'),
  ])
  terminal.result(summary(databaseRows(stored), { width: terminal.columns, style: terminal.resultStyle }))
}
