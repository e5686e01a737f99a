import { OperatorError } from '../../errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import type { ServerNotice, Session } from '../../postgres/types.ts'
import { progressOf, progressStatement } from '../progress.ts'
import { sqlstate } from '../transaction.ts'
import type { InstallProgress } from '../types.ts'
import { CONVERSION_SETTINGS, type Guard, makeGuards } from './guard.ts'
import type { Step } from './steps.ts'
import { CHANGED_SQLSTATE } from './verify.ts'

/**
 * Runs steps in the transaction that is open, as one message: one round trip. Each begins with a notice, so that an operator
 * sees where it is, and that an error can be told of the object it is about.
 *
 * Errors: `DEPENDENTS_EXIST` that names the object where the server can't make it again, or where contents changed;
 * `INSUFFICIENT_PRIVILEGE`; else the server's own error.
 */
export async function runSteps(
  session: Session,
  steps: readonly Step[],
  {
    onProgress,
    onNotice,
  }: {
    onProgress?: ((progress: InstallProgress) => void) | undefined
    onNotice?: (notice: ServerNotice) => void
  },
): Promise<void> {
  if (steps.length === 0) return
  // Until the first notice the server has only read the statements.
  let current = -1
  const listen = (notice: ServerNotice) => {
    const progress = progressOf(notice)
    if (progress === null) {
      onNotice?.(notice)
      return
    }
    current = progress.done
    onProgress?.({ ...progress, done: progress.done + 1 })
  }
  try {
    await session.run(scriptOf(steps), listen)
  } catch (error) {
    throw describeFailure(error, steps[current], session.settings.database)
  }
}

function scriptOf(steps: readonly Step[]): string {
  let role: string | null = null
  const guards = makeGuards()
  const lines = [CONVERSION_SETTINGS]
  steps.forEach((step, index) => {
    lines.push(progressStatement({ topic: step.topic, done: index, total: steps.length }))
    const guarded = typeof step.role === 'object' && step.role !== null
    const as = typeof step.role === 'string' ? step.role : null
    if (as !== role) lines.push(as === null ? 'RESET ROLE;' : `SET LOCAL ROLE ${quoteIdentifier(as)};`)
    role = as
    const statements = guarded ? guards.run(step.role as Guard, step.statements) : step.statements
    for (const statement of statements) lines.push(`${statement};`)
  })
  if (role !== null) lines.push('RESET ROLE;')
  for (const statement of guards.end()) lines.push(`${statement};`)
  return lines.join('\n')
}

/** Errors that say what an object can't be, and not what the server or the connection is like (SQLSTATE classes). */
const OBJECT_CLASSES: ReadonlySet<string> = new Set(['0A', '22', '23', '2B', '42', '55'])

function describeFailure(error: unknown, step: Step | undefined, database: string): unknown {
  const state = sqlstate(error)
  if (state === null || step === undefined || state === '55P03' || error instanceof OperatorError)
    return error
  const message = error instanceof Error ? error.message : String(error)
  const way = step.remedy === null ? '' : ` This clears the way: ${step.remedy}`
  if (state === CHANGED_SQLSTATE) {
    return new OperatorError(
      'DEPENDENTS_EXIST',
      `Converting would change the contents of ${step.label} in database "${database}".`,
      step.remedy === null
        ? 'Nothing was changed. Please report this, with the definition of the table.'
        : `Nothing was changed. Its rows are not what its query gives now; bring it up to date first: ${step.remedy}`,
      { sqlstate: state, cause: error, data: { explained: true } },
    )
  }
  if (state === '42501') {
    return new OperatorError(
      'INSUFFICIENT_PRIVILEGE',
      `A privilege is missing for what has to be done with ${step.label}: ${message}.`,
      'Nothing was changed. Let a superuser do it, or the owner of all that depends on the Mathesar schemas.',
      { sqlstate: state, cause: error, data: { explained: true } },
    )
  }
  if (!OBJECT_CLASSES.has(state.slice(0, 2))) return error
  return new OperatorError(
    'DEPENDENTS_EXIST',
    `The ${step.label} can't be ${step.topic === 'removal' ? 'dropped' : 'converted'}: ${message}.`,
    `Nothing was changed.${way}`,
    { sqlstate: state, cause: error, data: { explained: true } },
  )
}
