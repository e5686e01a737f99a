import { Command } from 'commander'
import { withExamples, withExplanation } from '../../help.ts'
import { type Invocation, startInvocation } from '../../invocation.ts'
import type { GlobalFlags } from '../../settings/globals.ts'

/** @param addDatabase adds a database in a dialogue, which setup offers at its end */
export function setupCommand(addDatabase: (invocation: Invocation) => Promise<void>): Command {
  const command = new Command('setup')
    .description('Take up a Mathesar, or create a secret key and an internal database, for the first run')
    .action(async () => {
      const invocation = await startInvocation(command)
      const { runSetup } = await import('./run.ts')
      await runSetup(invocation, command.optsWithGlobals<GlobalFlags>(), addDatabase)
    })
  withExplanation(command, [
    'The command looks for a Mathesar in the current directory (its .env file, an installation, or a ' +
      'Docker Compose project), in /etc/mathesar and in the environment (POSTGRES_*), shows what it found, ' +
      'and asks whether to take it up. It connects to the internal database, proves that the secret key ' +
      'fits, and writes the settings into the configuration file, so that later commands use this ' +
      'Mathesar. The configuration file never contains a password. Flags name another Mathesar. The ' +
      'internal database of a Mathesar 0.1.x can be a file, db.sqlite3, beside the .env file. Without a ' +
      'terminal, or with --yes, the command asks nothing: it uses what a flag, MATHESAR_INTERNAL_DB, the ' +
      'configuration file or /etc/mathesar/mathesar.env names, otherwise an SQLite file that it created ' +
      'before. If there is none of these, and it finds a Mathesar, it only reports that, creates nothing, ' +
      'and exits with status 0.',
    'While mathesarctl adds or removes a database, it records the operation, so that a later run can ' +
      'finish it. The command asks whether these records may lie in a schema "mathesarctl" of the internal ' +
      'database. With --yes they do; --journal chooses.',
    'Where it finds no Mathesar, or --internal-db names a file, the command creates a secret key (50 ' +
      'letters and digits) in a file that only you can read, and an internal database of its own, an SQLite file. It never overwrites a key, and never creates one for a Mathesar: running setup again changes nothing. If the environment ' +
      'or the file of --env-file contains SECRET_KEY, the command uses that key and creates no file. What flags ' +
      'name is written into the configuration file, as for a Mathesar.',
  ])
  return withExamples(command, [
    {
      command: 'mathesarctl setup',
      purpose: 'Find a Mathesar and take it up, or create an internal database',
    },
    {
      command: 'mathesarctl setup --env-file /opt/mathesar/.env',
      purpose: 'Take up the Mathesar of that file',
    },
    {
      command: 'mathesarctl setup --env-file .env --address mathesar_db=127.0.0.1:5433 --no-input --yes',
      purpose: 'Take up the Mathesar of a Compose project in a script',
    },
    {
      command: 'mathesarctl setup --no-input --json',
      purpose: 'Create an internal database in a script, or report the Mathesars of the machine',
    },
  ])
}
