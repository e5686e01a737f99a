import { Command } from 'commander'
import { withExamples } from '../../help.ts'
import { secretKeyGenerateCommand } from './generate.ts'
import { secretKeyRotateCommand } from './rotate/index.ts'

export function secretKeyCommand(): Command {
  const command = new Command('secret-key')
    .description('Generate a secret key, or replace the one in use')
    .helpCommand('help [command]', 'Print help for a command')
  command.addCommand(secretKeyGenerateCommand())
  command.addCommand(secretKeyRotateCommand())
  return withExamples(command, [
    {
      command: 'mathesarctl secret-key generate --out secret_key',
      purpose: 'Write a fresh key into a new file that only you can read',
    },
    {
      command: 'mathesarctl secret-key rotate --dry-run',
      purpose: 'See what a rotation would re-encrypt',
    },
  ])
}
