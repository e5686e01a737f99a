import { Command } from 'commander'
import { withExamples } from '../../help.ts'
import { secretKeyGenerateCommand } from './generate.ts'

export function secretKeyCommand(): Command {
  const command = new Command('secret-key')
    .description('Generate a secret key')
    .helpCommand('help [command]', 'Print help for a command')
  command.addCommand(secretKeyGenerateCommand())
  return withExamples(command, [
    {
      command: 'mathesarctl secret-key generate --out secret_key',
      purpose: 'Write a fresh key into a new file that only you can read',
    },
  ])
}
