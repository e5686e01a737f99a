import { Command } from 'commander'
import { withExamples } from '../../help.ts'
import { dbAddCommand } from './add/index.ts'
import { dbEditCommand } from './edit/index.ts'
import { dbImportCommand } from './import/index.ts'
import { dbListCommand } from './list.ts'
import { dbRemoveCommand } from './remove/index.ts'
import { dbShowCommand } from './show.ts'
import { dbTestCommand } from './test.ts'
import { dbUpgradeCommand } from './upgrade/index.ts'

export function dbCommand(): Command {
  const command = new Command('db')
    .description('Add, list, show, test, edit, upgrade, remove and import user databases')
    .helpCommand('help [command]', 'Print help for a command')
  for (const createCommand of [
    dbAddCommand,
    dbListCommand,
    dbShowCommand,
    dbTestCommand,
    dbEditCommand,
    dbUpgradeCommand,
    dbRemoveCommand,
    dbImportCommand,
  ]) {
    command.addCommand(createCommand())
  }
  return withExamples(command, [
    { command: 'mathesarctl db add', purpose: 'Add a database; the command asks for everything it needs' },
    { command: 'mathesarctl db test --all', purpose: 'Check every stored database' },
  ])
}
