import { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../connection-flags.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import { withTarget } from './connection.ts'

export function schemaDependentsCommand(): Command {
  const command = new Command('dependents').description(
    'What depends on the Mathesar schemas: what a removal would hit',
  )
  addConnectionFlags(command).action(async (flags: ConnectionFlags) => {
    const invocation = await startInvocation(command)
    const { terminal } = invocation
    const { dependentsOf } = await import('../../../databases/schema.ts')
    const dependents = await withTarget(invocation, flags, dependentsOf)
    if (terminal.json) {
      terminal.document(dependents)
      return
    }
    if (dependents.length === 0) {
      terminal.say('Nothing depends on the Mathesar schemas.')
      return
    }
    const { dependentsTable } = await import('../../render/dependents.ts')
    terminal.result(dependentsTable(dependents, { width: terminal.columns, style: terminal.resultStyle }))
  })
  withExplanation(command, [
    'Everything outside the Mathesar schemas that depends on something inside, directly or through other objects, and what somebody put inside them. Rows are counted where the table is small, else estimated.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema dependents --dsn service=library', purpose: 'Before a removal' },
  ])
}
