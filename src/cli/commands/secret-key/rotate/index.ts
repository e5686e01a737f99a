import { Command } from 'commander'
import { withExamples, withExplanation } from '../../../help.ts'
import { startInvocation } from '../../../invocation.ts'
import type { RotateFlags } from './flags.ts'

export function secretKeyRotateCommand(): Command {
  const command = new Command('rotate')
    .description('Re-encrypt every stored credential under a new secret key')
    .option(
      '--new-secret-key-file <path>',
      'file for the new key, or with it if it exists (default: secret_key.new in the configuration directory)',
    )
    .option(
      '--while-running',
      'rotate although Mathesar is running: until its restart it cannot log in to user databases',
    )
    .option('--dry-run', 'report what would be re-encrypted, and change nothing')
    .action(async (flags: RotateFlags) => {
      const invocation = await startInvocation(command)
      const { runRotate } = await import('./run.ts')
      await runRotate(invocation, flags)
    })
  withExplanation(command, [
    'The command proves the secret key, writes a new one into a file that only you can read, keeps a dated ' +
      'copy of the old one beside it (secret_key.old-...), and re-encrypts everything in one transaction: ' +
      'the passwords of roles, the options of download links, and the operations that mathesarctl has ' +
      'recorded. It never prints a key. Credentials that no known key opens, and those in plain text, are ' +
      'listed by name and stay as they are.',
    'It changes no file of a Mathesar: at the end it states where to set the new key. After that, restart ' +
      'Mathesar, which ends all web sessions, and run the command again: it re-encrypts what Mathesar has ' +
      'written under the old key meanwhile. A key file of mathesarctl itself gets the new key at once, and ' +
      'the rotation is finished with the first run.',
    'While Mathesar has sessions in its internal database, the command refuses. With --while-running it goes ' +
      'on, and Mathesar cannot read its passwords until you have restarted it with the new key.',
    'The command can be run again after a crash at any point: the key in the new key file is the new one, ' +
      'unless that file is of another internal database (secret_key.new.for beside it records that) or of ' +
      'an earlier rotation. No key that was in use before is used again. A later run finds the file of ' +
      '--new-secret-key-file without the flag. A key of yours needs the flag, and must consist of ' +
      'letters, digits, dots, hyphens, tildes and underscores, without a newline. Once the settings give the new key ' +
      'and nothing is left to re-encrypt, the rotation is finished: the output lists what may be deleted, ' +
      'and the run after that begins the next one.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl secret-key rotate --dry-run', purpose: 'See what would be re-encrypted' },
    {
      command: 'mathesarctl secret-key rotate --env-file /opt/mathesar/.env',
      purpose: 'Rotate the key of a Mathesar that is stopped',
    },
    {
      command: 'mathesarctl secret-key rotate --new-secret-key-file new_key --while-running --yes',
      purpose: 'Rotate while Mathesar is running, in a script',
    },
  ])
}
