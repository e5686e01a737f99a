import { Command } from 'commander'
import { ADMIN_EXPLANATION } from '../../../flags/admin.ts'
import { withExamples, withExplanation } from '../../../help.ts'
import { type Invocation, startInvocation } from '../../../invocation.ts'
import { askNames } from './ask.ts'
import { addUpgradeFlags, givenNames, type UpgradeFlags } from './flags.ts'

export function dbUpgradeCommand(): Command {
  const command = new Command('upgrade')
    .description('Bring the Mathesar schemas of stored databases to this version, or to that of a release')
    .argument('[name...]', 'names under which the databases are stored')
  addUpgradeFlags(command).action(async (names: string[], flags: UpgradeFlags) => {
    await runDbUpgrade(await startInvocation(command), names, flags)
  })
  withExplanation(command, [
    'The command first looks at every chosen database and prints a plan, with a row for each. At a ' +
      'terminal it then asks once; otherwise, and with --yes, it goes on. Each database is upgraded in a ' +
      'transaction of its own. If one fails, the others are upgraded all the same, and the failures are listed at the ' +
      'end. Run the same command again for what is left.',
    'A database that is only registered gets the schemas. Schemas of a later version stay as they are, and ' +
      'the database counts as failed. Columns, views and other objects that use the schemas stay as they ' +
      'are. The owner of the schemas stays the same.',
    'Several runs at the same time, on one machine or on several, do each database once. With --shard I/N, a ' +
      'run works on one of N parts of all stored databases: on those whose hash modulo N is I. The hash is ' +
      'the first 8 bytes, read as a big-endian number, of the SHA-256 of host, port and database, with a ' +
      'NUL character between them. The parts 0 to N-1 together are all databases, and none is in two.',
    ADMIN_EXPLANATION,
    'The exit status is that of the errors if they all have the same status, otherwise 1.',
  ])
  return withExamples(command, [
    { command: 'mathesarctl db upgrade library', purpose: 'Upgrade one database' },
    { command: 'mathesarctl db upgrade --all --dry-run', purpose: 'Show what would be done' },
    {
      command: 'mathesarctl db upgrade --all --schema-source mathesar.tar.gz --yes',
      purpose: 'Bring every database to the SQL of a release of Mathesar',
    },
    {
      command: 'mathesarctl db upgrade --all --shard 0/4 --yes',
      purpose: 'Upgrade the first of four parts, while other machines upgrade the others',
    },
  ])
}

async function runDbUpgrade(
  invocation: Invocation,
  given: readonly string[],
  flags: UpgradeFlags,
): Promise<void> {
  const names = givenNames(given, flags) ?? (await askNames(invocation))
  const { runUpgrade } = await import('./run.ts')
  await runUpgrade(invocation, names, flags)
}
