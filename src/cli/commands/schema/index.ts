import { Command } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { schemaDependentsCommand } from './dependents.ts'
import { schemaInstallCommand } from './install.ts'
import { schemaPrintCommand } from './print.ts'
import { schemaRemoveCommand } from './remove/index.ts'
import { schemaStatusCommand } from './status.ts'

export function schemaCommand(): Command {
  const command = new Command('schema')
    .description('Work on the Mathesar schemas of any database, stored or not')
    .helpCommand('help [command]', 'Print help for a command')
  for (const createCommand of [
    schemaInstallCommand,
    schemaRemoveCommand,
    schemaStatusCommand,
    schemaDependentsCommand,
    schemaPrintCommand,
  ]) {
    command.addCommand(createCommand())
  }
  withExplanation(command, [
    'With the name of a stored database, these commands use its stored credentials. Without a name, the ' +
      'flags name the database; then they need neither a secret key nor an internal database.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl schema status library', purpose: 'Show what a stored database has' },
    { command: 'mathesarctl schema status --dsn service=library', purpose: 'Show what is installed' },
    { command: 'mathesarctl schema print > install.sql', purpose: 'Print the SQL to review it' },
  ])
}
