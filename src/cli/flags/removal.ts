import { type Command, Option } from 'commander'
import { type OperatorError, usageError } from '../../errors.ts'
import { DEPENDENTS_STRATEGIES, type DependentsStrategy } from '../../schema/types.ts'

/** Flags of the commands that remove the Mathesar schemas. */
export interface RemovalFlags {
  onDependents?: DependentsStrategy
  keepTypes?: boolean
  confirm?: string
  rehearse?: boolean
  dryRun?: boolean
  lockTimeout?: number
}

export function keepTypesOption(): Option {
  return new Option('--keep-types', 'leave mathesar_types and all that uses it; only msar and __msar go')
}

export function addRemovalFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--on-dependents <strategy>',
        'what becomes of objects that depend on the schemas (default: ask at a terminal, otherwise refuse)',
      ).choices(DEPENDENTS_STRATEGIES),
    )
    .option(
      '--confirm <name>',
      'with --on-dependents cascade: the name of the PostgreSQL database, to confirm',
    )
    .addOption(keepTypesOption())
}

/** The flags that show what a removal would do. */
export function addTrialFlags(command: Command): Command {
  return command
    .option('--dry-run', 'show what would be removed and what depends on it, change nothing')
    .option('--rehearse', 'run the whole removal under its locks, then roll it back, and report how it went')
}

/** Errors: `USAGE` for a combination that means nothing. */
export function checkRemovalFlags({ onDependents, confirm, rehearse, dryRun }: RemovalFlags): void {
  if (rehearse && dryRun) {
    throw usageError(
      '--rehearse takes the locks of the removal, and --dry-run takes none.',
      'Use one of them.',
      'rehearse',
    )
  }
  if (confirm === undefined || onDependents === 'cascade') return
  throw usageError(
    '--confirm has no effect without --on-dependents cascade.',
    'Leave it out, or add --on-dependents cascade.',
    'confirm',
  )
}

/** A destructive step is never taken for granted because nobody can be asked. */
export function confirmationMissing(doing: string): OperatorError {
  return usageError(
    `${doing} needs a confirmation, and there is no terminal to ask at.`,
    'Add --yes to confirm, or --dry-run to see what would be removed.',
    'yes',
  )
}

/** What the help of these commands says of dependents. */
export const REMOVAL_EXPLANATION: readonly string[] = [
  "If objects outside the schemas depend on them (a column of type mathesar_types.email, for instance), they are listed. At a terminal you then choose what becomes of them; else nothing is changed and the exit status is 8, unless --on-dependents says what to do. With convert every column of a Mathesar type becomes one of the plain type under it, with every value kept, and what is built on it is put back as it was; what can't be converted is named first, with the statement that clears the way, and nothing is changed. With cascade they are dropped, with the values in them: at a terminal you type the name of the PostgreSQL database to confirm, in a script it takes --yes together with --confirm. Nothing is touched that was not listed.",
  'With --rehearse the whole removal runs in its transaction, with its locks, its statements and the proof that every value is kept, and is rolled back in place of COMMIT. First the locks and the size of what is written anew are listed, and the same consent is asked for as for the removal. A lock is waited for 1 second at most, unless --lock-timeout says otherwise. Nothing is written to the journal. It fails as the removal would, with the same exit status.',
  'With --keep-types only msar and __msar go; mathesar_types stays, and so does what uses it.',
]
