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
    .action(async (flags: DependentsFlags) => runSchemaDependents(await startInvocation(command), flags))
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

async function runSchemaDependents(
  invocation: Invocation,
  { exact = false, keepTypes = false, ...flags }: DependentsFlags,
): Promise<void> {
  const { terminal } = invocation
  const [{ surveyOf }, { showDependents }] = await Promise.all([
    import('../../../databases/schema.ts'),
    import('../../render/survey.ts'),
  ])
  const survey = await withTarget(invocation, flags, (settings, options) =>
    surveyOf(settings, { exact, keepTypes }, options),
  )
  if (terminal.json) terminal.document('schema dependents', [...survey.dependents, ...survey.mentions])
  else showDependents(survey, keepTypes, terminal)
}
