import { Command } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { schemaDependentsCommand } from './dependents.ts'
import { schemaInstallCommand } from './install.ts'
import { schemaPrintCommand } from './print.ts'
import { schemaRemoveCommand } from './remove/index.ts'
import { schemaStatusCommand } from './status.ts'

export function schemaCommand(): Command {
  const command = new Command('schema')
    .description('Work on the Mathesar schemas of a database that need not be stored')
    .helpCommand('help [command]', 'print help for a command')
  for (const make of [
    schemaInstallCommand,
    schemaRemoveCommand,
    schemaStatusCommand,
    schemaDependentsCommand,
    schemaPrintCommand,
  ]) {
    command.addCommand(make())
  }
  withExplanation(command, [
    'Nothing is stored, and neither a secret key nor an internal database is needed.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema status --dsn service=library', purpose: 'What is installed there' },
    { command: 'mathesarctl schema print > install.sql', purpose: 'The SQL, to review it' },
  ])
}
