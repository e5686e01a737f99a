import { Command } from 'commander'
import { OperatorError, usageError } from '../../../errors.ts'
import { addConnectionFlags, type ConnectionFlags } from '../../connection-flags.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { startInvocation } from '../../invocation.ts'
import { lockTimeoutOption } from '../../schema-flags.ts'
import { withTarget } from './connection.ts'

interface RemoveFlags extends ConnectionFlags {
  lockTimeout?: number
  dryRun?: boolean
}

export function schemaRemoveCommand(): Command {
  const command = new Command('remove').description('Remove the Mathesar schemas, never cascading')
  addConnectionFlags(command)
    .addOption(lockTimeoutOption())
    .option('--dry-run', 'show what would be removed and what depends on it, change nothing')
    .action(async (flags: RemoveFlags) => {
      const invocation = await startInvocation(command)
      const { terminal, globals } = invocation
      const { removeSchemaFrom } = await import('../../../databases/schema.ts')
      const confirm = async (schemas: string[]) => {
        if (globals.yes) return true
        if (!terminal.interactive) {
          throw usageError(
            'Removing the Mathesar schemas needs a confirmation, and there is no terminal to ask at.',
            'Add --yes to confirm, or --dry-run to see what would be removed.',
            'yes',
          )
        }
        const { askYesNo } = await import('../../prompts/ask.ts')
        return askYesNo(`Drop ${schemas.join(', ')}? Nothing outside depends on them.`, false, invocation)
      }
      const result = await withTarget(invocation, flags, (settings, options) =>
        removeSchemaFrom(settings, { dryRun: flags.dryRun === true, confirm }, options),
      )
      if (result.status === 'declined') {
        throw new OperatorError(
          'ABORTED',
          'Nothing was removed.',
          'Run the command again when you are ready.',
        )
      }
      if (terminal.json) {
        terminal.document({ ...result, ...terminal.collected() })
        return
      }
      for (const object of result.dropped) terminal.detail(`dropped ${object}`)
      if (result.status === 'absent')
        terminal.say('The database has no Mathesar schemas. Nothing was changed.')
      else if (result.status === 'planned')
        terminal.say(`Nothing was changed; without --dry-run this would drop ${result.dropped.join(', ')}.`)
      else
        terminal.say(
          `${terminal.style.green('Removed')} the Mathesar schemas: ${result.dropped.length} objects.`,
        )
    })
  withExplanation(command, [
    'If objects outside the schemas depend on them, they are listed, nothing is changed, and the exit status is 8.',
  ])
  return withExamples(command, [
    {
      command: 'mathesarctl schema remove --dsn service=library --dry-run',
      purpose: 'See first what would go',
    },
  ])
}
