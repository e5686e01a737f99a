import { Command } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'

export function dbListCommand(): Command {
  const command = new Command('list')
    .alias('ls')
    .description('List the stored databases, never with a password')
    .action(async () => {
      const invocation = await startInvocation(command)
      const { terminal } = invocation
      const [{ withWorkspace }, { listDatabases }] = await Promise.all([
        import('../../workspace.ts'),
        import('../../../databases/list.ts'),
      ])
      const databases = await withWorkspace(invocation, { create: false, readOnly: true }, ({ store }) =>
        listDatabases(store),
      )
      if (terminal.json) {
        terminal.document(
          'db list',
          databases.map(({ id: _id, sslrootcert: _root, ...rest }) => rest),
        )
        return
      }
      if (databases.length === 0) {
        terminal.say('No database is stored yet. Add one with: mathesarctl db add')
        return
      }
      const { table } = await import('../../render/table.ts')
      const { schemaText, serverText } = await import('../../render/database.ts')
      terminal.result(
        table(
          [
            { heading: 'NAME' },
            { heading: 'DATABASE' },
            { heading: 'USER' },
            { heading: 'SERVER' },
            { heading: 'SSLMODE' },
            { heading: 'SCHEMA' },
          ],
          databases.map((stored) => [
            stored.name,
            stored.database,
            stored.user,
            serverText(stored),
            stored.sslmode,
            schemaText(stored.schema),
          ]),
          { width: terminal.columns, style: terminal.resultStyle },
        ),
      )
    })
  withExplanation(command, [
    'No server is reached. A row whose host is empty is a leftover of an old Mathesar and can only be removed.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db list', purpose: 'A table, one database a line' },
    { command: "mathesarctl db list --json | jq -r '.[].name'", purpose: 'The names alone' },
  ])
}
