import { Command } from 'commander'
import { withExamples } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'

export function dbShowCommand(): Command {
  const command = new Command('show')
    .description('Show what is stored of one database, never its password')
    .argument('<name>', 'name under which it is stored')
    .action(async (name: string) => {
      const invocation = await startInvocation(command)
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
      const { summary } = await import('../../render/summary.ts')
      const { schemaText } = await import('../../render/database.ts')
      terminal.result(
        summary(
          [
            ['name', stored.name],
            ['host', stored.host],
            ['port', String(stored.port)],
            ['database', stored.database],
            ['user', stored.user],
            ['password', '(stored, encrypted)'],
            ['sslmode', stored.sslmode],
            ['sslrootcert', stored.sslrootcert ?? '-'],
            ['schema', schemaText(stored.schema)],
            ['added', stored.createdAt],
            ['changed', stored.updatedAt],
          ],
          terminal.resultStyle,
        ),
      )
    })
  return withExamples(command, [{ command: 'mathesarctl db show library', purpose: 'Look at one database' }])
}
