import { Command } from 'commander'
import { addConnectionFlags } from '../../flags/connection.ts'
import { roleOption } from '../../flags/role.ts'
import { targetArgument } from '../../flags/schema.ts'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import { type TargetFlags, withTarget } from '../../target.ts'

interface DependentsFlags extends TargetFlags {
  exact?: boolean
  keepTypes?: boolean
}

export function schemaDependentsCommand(): Command {
  const command = new Command('dependents').description(
    'List what depends on the Mathesar schemas and can prevent a removal',
  )
  addConnectionFlags(command.addArgument(targetArgument()))
    .addOption(roleOption())
    .option('--exact', 'count all rows, instead of estimating the rows of large tables')
    .option('--keep-types', 'list only what prevents the removal of msar and __msar alone')
    .action(async (name: string | undefined, flags: DependentsFlags) => {
      await runSchemaDependents(await startInvocation(command), name, flags)
    })
  withExplanation(command, [
    'The command lists everything outside the Mathesar schemas that depends on something inside, ' +
      'directly or through other objects, and what somebody added inside. For each object, it prints ' +
      'what a removal would do to it with --on-dependents convert and with cascade. It counts the rows ' +
      'of small tables, and estimates the others (~).',
    'If an object cannot be converted, the command also prints the statements that resolve the ' +
      'problem. It warns of routines whose text names the schemas, because PostgreSQL does not record ' +
      'such dependencies.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema dependents --dsn service=library', purpose: 'Look before a removal' },
    {
      command: 'mathesarctl schema dependents --dsn service=library --keep-types --exact --json',
      purpose: 'List what prevents the removal of msar and __msar alone; count every row',
    },
  ])
}

async function runSchemaDependents(
  invocation: Invocation,
  name: string | undefined,
  { exact = false, keepTypes = false, ...flags }: DependentsFlags,
): Promise<void> {
  const { terminal } = invocation
  const [{ surveyOf }, { showDependents }] = await Promise.all([
    import('../../../databases/schema.ts'),
    import('../../render/survey.ts'),
  ])
  let stored: string | null = null
  const survey = await withTarget(invocation, { name, flags }, (settings, options, _stop, target) => {
    stored = target
    return surveyOf(settings, { exact, keepTypes }, options)
  })
  if (terminal.isJson) terminal.document('schema dependents', [...survey.dependents, ...survey.mentions])
  else showDependents(survey, { keepTypes, stored }, terminal)
}
