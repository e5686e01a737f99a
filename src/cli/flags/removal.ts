import { type Command, Option } from 'commander'
import { DEPENDENTS_STRATEGIES } from '../../databases/interface/strategies.ts'
import { OperatorError, usageError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import type { DependentsStrategy } from '../../schema/types.ts'
import type { MissingValue } from './missing.ts'

/** Flags of the commands that remove the Mathesar schemas. */
export interface RemovalFlags {
  onDependents?: DependentsStrategy
  keepTypes?: boolean
  confirm?: string
  rehearse?: boolean
  dryRun?: boolean
  lockTimeout?: number
}

export function addRemovalFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--on-dependents <strategy>',
        'what to do with objects that depend on the schemas (default: ask at a terminal, otherwise refuse)',
      ).choices(DEPENDENTS_STRATEGIES),
    )
    .option('--confirm <name>', 'name of the PostgreSQL database, to confirm --on-dependents cascade')
    .option('--keep-types', 'keep mathesar_types and everything that uses it; remove only msar and __msar')
}

/** Returns the flags that show what a removal would do. */
export function addTrialFlags(command: Command): Command {
  return command
    .option('--dry-run', 'show what would be removed and what depends on it, but change nothing')
    .option(
      '--rehearse',
      'run the whole removal under its locks, roll it back, and report how it went; at a terminal, then ' +
        'offer the removal itself (default: no)',
    )
}

/** Refuses flags that mean nothing together. Errors: `USAGE`. */
export function checkRemovalFlags({ onDependents, confirm, rehearse, dryRun }: RemovalFlags): void {
  if (rehearse && dryRun) {
    throw usageError(
      '--rehearse acquires the locks of the removal, and --dry-run acquires none.',
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

/** Returns the error where a destructive step needs a confirmation and nobody can be asked. */
export function confirmationMissing(doing: string): OperatorError {
  return usageError(
    `${doing} needs a confirmation, and there is no terminal to ask at.`,
    'Add --yes to confirm, or --dry-run to see what would be removed.',
    'yes',
  )
}

/**
 * Adds to the hint about dependents the confirmation that a removal needs as well, where nothing can be
 * asked: otherwise the next run would fail because of that.
 */
export function withConfirmationHint(
  error: unknown,
  { flags, canAsk, yes }: { flags: RemovalFlags; canAsk: boolean; yes: boolean },
): unknown {
  const isInTheWay = error instanceof OperatorError && error.code === 'DEPENDENTS_EXIST'
  if (!isInTheWay || canAsk || yes || flags.dryRun) return error
  return error.with({ hint: joinHints(error.hint, 'Add --yes as well, to confirm the removal.') })
}

/** The confirmation, as one of several values that are missing. */
export const CONFIRMATION_MISSING: MissingValue = { field: 'yes', what: 'the confirmation', add: '--yes' }

/** The paragraphs about dependents in the help of these commands. */
export const REMOVAL_EXPLANATION: readonly string[] = [
  'Objects outside the schemas may depend on them: a column of type mathesar_types.email, for ' +
    'instance. The command lists these objects and changes no others. At a terminal you then choose ' +
    'what to do with them. Otherwise --on-dependents decides; without it the command changes nothing ' +
    'and exits with status 8.',
  'With convert, the command converts every column of a Mathesar type to its plain base type, keeps ' +
    'every value, and restores everything that is built on the column. If an object cannot be ' +
    'converted, the command changes nothing and prints the statements that resolve the problem. With ' +
    'cascade, the command drops the objects, with the values in them. To confirm that, type the name of ' +
    'the PostgreSQL database at the terminal, or pass --yes and --confirm in a script.',
  'With --rehearse, the command runs the whole removal in its transaction, with its locks, its ' +
    'statements and the proof that every value is kept; then it rolls the transaction back. Before ' +
    'that, the command lists the locks and the size of the tables that it rewrites, and asks for the ' +
    'same consent as the removal. It waits for a lock for 1 second at most, unless --lock-timeout sets ' +
    'another time, and writes nothing to the journal. A rehearsal fails as the removal would, with the ' +
    'same exit status. After a rehearsal that succeeds, the command offers the removal itself at a ' +
    'terminal, unless you pass --yes; Enter means no.',
  'With --keep-types, the command drops only msar and __msar; mathesar_types stays, and so does ' +
    'everything that uses it.',
]
