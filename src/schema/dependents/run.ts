import { OperatorError } from '../../errors.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import { carriedStatement } from '../../postgres/raw-text.ts'
import type { ConnectionSettings, ServerNotice, Session } from '../../postgres/types.ts'
import { ExplainedError } from '../errors.ts'
import { catalogChanged, isVanished } from '../inspect/catalog-read.ts'
import { CONVERSION_SETTINGS, DEFERRED_SQLSTATE, guardStatements, REFUSE_DEFERRED } from '../session/guard.ts'
import { decodeProgress, progressStatement, type SchemaProgress } from '../session/progress.ts'
import { sqlstate } from '../session/transaction.ts'
import { refuseDistrusted, TRUST_SQLSTATE, type Trusted } from './code-query.ts'
import type { StepRole } from './rights.ts'
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
    superuser,
    onProgress,
    onNotice,
  }: {
    /** The session's role is a superuser. */
    superuser: boolean
    onProgress?: ((progress: SchemaProgress) => void) | undefined
    onNotice?: (notice: ServerNotice) => void
  },
): Promise<void> {
  if (steps.length === 0) return
  // Until the first notice the server has only read the statements.
  let current = -1
  const listen = (notice: ServerNotice) => {
    const progress = decodeProgress(notice)
    if (progress === null) {
      onNotice?.(notice)
      return
    }
    current = progress.done
    onProgress?.({ ...progress, done: progress.done + 1 })
  }
  try {
    await session.run(scriptOf(steps, superuser), listen)
  } catch (error) {
    // A view, a routine or the like that no lock has kept: what drops things runs before anything is changed.
    if (isVanished(error) && /^DROP /.test(steps[current]?.statements[0] ?? ''))
      throw catalogChanged(session, error)
    throw describeFailure(error, steps[current], session.settings)
  }
}

/** The steps as one script; those that follow each other in the guard of one owner share it. */
function scriptOf(steps: readonly Step[], superuser: boolean): string {
  const lines: string[] = []
  // The owner in whose guard code ran last: what it put off must not fire in the guard of another one.
  let guard: string | null = null
  for (let index = 0; index < steps.length; ) {
    const role = steps[index]?.role ?? null
    const own: string[] = []
    const first = index
    for (; index < steps.length && isSameRole(steps[index]?.role ?? null, role); index++) {
      const step = steps[index]
      if (step === undefined) break
      const progress = progressStatement({ phase: step.phase, done: index, total: steps.length })
      own.push(progress.replace(/;$/, ''), ...step.statements)
    }
    if (role === null) lines.push(...own)
    else if (typeof role === 'string')
      lines.push(`SET LOCAL ROLE ${quoteIdentifier(role)}`, ...own, 'RESET ROLE')
    else if ('trusted' in role) {
      if (guard !== null) lines.push(refuseDistrusted(trustedBy(steps.slice(first, index))))
      lines.push(...own)
    } else {
      if (guard !== null && guard !== role.owner) lines.push(REFUSE_DEFERRED)
      // An error in making the guard is the first step's.
      const [progress = '', ...rest] = own
      lines.push(progress, ...guardStatements(role, rest, superuser))
      guard = role.owner
    }
  }
  if (guard !== null) lines.push(REFUSE_DEFERRED)
  return [CONVERSION_SETTINGS, ...lines.map((line) => `${carriedStatement(line)};`)].join('\n')
}

function isSameRole(a: StepRole, b: StepRole): boolean {
  if (a === null || b === null || typeof a === 'string' || typeof b === 'string') return a === b
  if ('trusted' in a || 'trusted' in b) return 'trusted' in a && 'trusted' in b
  return a.owner === b.owner
}

/** The relations whose expressions run in steps of the session's own role. */
function trustedBy(steps: readonly Step[]): Trusted[] {
  return steps.flatMap(({ role }) =>
    role !== null && typeof role === 'object' && 'trusted' in role ? role.trusted : [],
  )
}

/** Errors that say what an object can't be, and not what the server or the connection is like (SQLSTATE classes). */
const OBJECT_CLASSES: ReadonlySet<string> = new Set(['0A', '22', '23', '2B', '42', '55'])

function describeFailure(error: unknown, step: Step | undefined, session: ConnectionSettings): unknown {
  const state = sqlstate(error)
  if (state === null || step === undefined || state === '55P03' || error instanceof OperatorError)
    return error
  const message = error instanceof Error ? error.message : String(error)
  const way = step.remedy === null ? '' : ` This clears the way: ${step.remedy}`
  if (state === CHANGED_SQLSTATE) {
    return new ExplainedError(
      'DEPENDENTS_EXIST',
      `Converting would change the contents of ${step.label} in database "${session.database}".`,
      step.remedy === null
        ? 'Nothing was changed. Please report this, with the definition of the table.'
        : `Nothing was changed. Its rows are not what its query gives now; bring it up to date first: ${step.remedy}`,
      { sqlstate: state, cause: error },
    )
  }
  if (state === DEFERRED_SQLSTATE) {
    return new ExplainedError(
      'DEPENDENTS_EXIST',
      `Code in the expressions of the tables put off triggers of ${message} until the transaction commits, when they would fire with the rights of role "${session.user}".`,
      'Nothing was changed. Drop those triggers, or let the owner of the tables run this command.',
      { sqlstate: state, cause: error },
    )
  }
  if (state === TRUST_SQLSTATE) {
    return new ExplainedError(
      'DEPENDENTS_EXIST',
      `Code that ran during the conversion changed what the expressions of ${message} run, which would have had the rights of role "${session.user}".`,
      'Nothing was changed. Look at the functions, casts and views of the roles that own the other tables.',
      { sqlstate: state, cause: error },
    )
  }
  if (state === '42501') {
    return new ExplainedError(
      'INSUFFICIENT_PRIVILEGE',
      `A privilege is missing for what has to be done with ${step.label}: ${message}.`,
      'Nothing was changed. Let a superuser do it, or the owner of all that depends on the Mathesar schemas.',
      { sqlstate: state, cause: error },
    )
  }
  if (!OBJECT_CLASSES.has(state.slice(0, 2))) return error
  return new ExplainedError(
    'DEPENDENTS_EXIST',
    `The ${step.label} can't be ${step.phase === 'drop' ? 'dropped' : 'converted'}: ${message}.`,
    `Nothing was changed.${way}`,
    { sqlstate: state, cause: error },
  )
}
