import { OperatorError } from '../errors.ts'
import { joinHints, shellQuoted, toRun } from '../hint.ts'
import { RemainsError } from '../schema/errors.ts'

/**
 * Runs a decision of a command that has no flag for a choice between schemas. An error that asks for the
 * choice then names a command that has that flag. Errors: those of the decision.
 *
 * @param name the stored database that the decision is about
 */
export function withChoiceCommand<T>(name: string, decide: () => T): T {
  try {
    return decide()
  } catch (error) {
    if (error instanceof RemainsError) throw error.with({ hint: remainsHint(name) })
    if (!(error instanceof OperatorError) || error.details.field !== 'existing-schema') throw error
    throw error.with({
      hint: toRun(
        'They stay as they are. To replace them, after which the Mathesar that uses them no longer works on this ' +
          'database, run:',
        replaceCommand(name),
      ),
    })
  }
}

/** Returns a hint about what is left of Mathesar schemas in a stored database. */
export function remainsHint(name: string): string {
  return joinHints(
    'Let the Mathesar that used the database install its own schemas again.',
    toRun('Or replace what is left:', replaceCommand(name)),
    toRun('Or remove it:', `mathesarctl schema remove ${shellQuoted(name)}`),
  )
}

function replaceCommand(name: string): string {
  return `mathesarctl schema install ${shellQuoted(name)} --existing-schema replace`
}
