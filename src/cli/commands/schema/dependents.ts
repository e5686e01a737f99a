import { Command } from 'commander'
import { addConnectionFlags, type ConnectionFlags } from '../../flags/connection.ts'
import { keepTypesOption } from '../../flags/removal.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { withTarget } from '../../target.ts'

interface DependentsFlags extends ConnectionFlags {
  exact?: boolean
  keepTypes?: boolean
}

export function schemaDependentsCommand(): Command {
  const command = new Command('dependents').description(
    'What depends on the Mathesar schemas: what a removal would hit',
  )
  addConnectionFlags(command)
    .option('--exact', 'count all rows instead of estimating those of large tables')
    .addOption(keepTypesOption())
    .action(async (flags: DependentsFlags) => run(await startInvocation(command), flags))
  withExplanation(command, [
    'Everything outside the Mathesar schemas that depends on something inside, directly or through other objects, and what somebody put inside them; with what --on-dependents convert and cascade of a removal would do to each. Rows are counted where the table is small, else estimated (~).',
    'Then, as far as converting is refused, the statements that clear the way for it, and the routines whose text names the schemas, of which PostgreSQL keeps no record.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema dependents --dsn service=library', purpose: 'Before a removal' },
    {
      command: 'mathesarctl schema dependents --dsn service=lib --keep-types --exact --json',
      purpose: 'What is in the way of removing msar and __msar alone, with every row counted',
    },
  ])
}

async function run(invocation: Invocation, { exact, keepTypes, ...flags }: DependentsFlags): Promise<void> {
  const { terminal } = invocation
  const [{ surveyOf }, { mentionsWarning }, { countText, remedyLines }] = await Promise.all([
    import('../../../databases/schema.ts'),
    import('../../../databases/removal.ts'),
    import('../../render/removal.ts'),
  ])
  const { dependents, mentions } = await withTarget(invocation, flags, (settings, options) =>
    surveyOf(settings, { exact: exact === true, keepTypes: keepTypes === true }, options),
  )
  if (terminal.json) {
    terminal.document('schema dependents', [...dependents, ...mentions])
    return
  }
  const schemas = keepTypes ? 'msar or __msar' : 'the Mathesar schemas'
  if (dependents.length === 0) terminal.say(`Nothing depends on ${schemas}.`)
  else {
    const { dependentsTable } = await import('../../render/dependents.ts')
    terminal.result(dependentsTable(dependents, { width: terminal.columns, style: terminal.resultStyle }))
    terminal.say(`${countText(dependents)} ${dependents.length === 1 ? 'depends' : 'depend'} on ${schemas}.`)
  }
  const remedies = remedyLines(dependents)
  if (remedies.length > 0) {
    terminal.say('Not all of it can be converted. This would clear the way:')
    for (const line of remedies) terminal.say(line, { whole: true })
  }
  if (mentions.length > 0) {
    const { message, hint } = mentionsWarning(mentions)
    terminal.warn(message, hint)
  }
}
