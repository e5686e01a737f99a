import { OperatorError } from '../../../../errors.ts'
import { ASKED_FIELDS, type AskedField, FIELD_LABELS } from '../../../prompts/connection.ts'
import type { Choice } from '../../../prompts/prompts.ts'
import { errorText } from '../../../render/error.ts'
import type { Reporter } from '../../../terminal.ts'
import { type AddDraft, type AskContext, askAgain, askName } from './ask.ts'

/** What the operator can do after an addition has failed. */
export type Correction = AskedField | 'name' | 'again' | 'create' | 'replace' | 'give up'

const CORRECTABLE_CODES = new Set<OperatorError['code']>([
  'USAGE',
  'NAME_TAKEN',
  'INTERNAL_DATABASE_TARGET',
  'CONNECTION_FAILED',
  'TLS_FAILED',
  'AUTHENTICATION_FAILED',
  'DATABASE_DOES_NOT_EXIST',
  'UNSUPPORTED_SERVER',
  'READ_ONLY_SERVER',
  'POOLED_CONNECTION',
  'INSUFFICIENT_PRIVILEGE',
  'LOCKED',
])

/** The value that an error is most likely about. */
const SUSPECTS: Partial<Record<OperatorError['code'], Correction>> = {
  NAME_TAKEN: 'name',
  INTERNAL_DATABASE_TARGET: 'database',
  CONNECTION_FAILED: 'host',
  TLS_FAILED: 'sslmode',
  AUTHENTICATION_FAILED: 'password',
  DATABASE_DOES_NOT_EXIST: 'create',
  POOLED_CONNECTION: 'port',
  UNSUPPORTED_SERVER: 'host',
  READ_ONLY_SERVER: 'host',
  INSUFFICIENT_PRIVILEGE: 'user',
}

/** Returns whether another value, or another try, can correct an error. */
export function isCorrectable(error: unknown): error is OperatorError {
  return error instanceof OperatorError && (CORRECTABLE_CODES.has(error.code) || isAboutRemains(error))
}

/** Remains can be replaced; schemas that work are replaced only where the flag says so. */
function isAboutRemains({ code, details }: OperatorError): boolean {
  return code === 'SCHEMA_CONFLICT' && details.data?.remains !== undefined
}

/** Returns the corrections that an error allows. */
export function correctionsOf(error: OperatorError): Choice<Correction>[] {
  return [
    ...(error.code === 'DATABASE_DOES_NOT_EXIST'
      ? [{ value: 'create' as const, name: 'Create the database' }]
      : []),
    ...(isAboutRemains(error)
      ? [{ value: 'replace' as const, name: 'Replace what is left with complete schemas' }]
      : []),
    { value: 'again', name: 'Try again' },
    { value: 'name', name: 'Change the unique name' },
    ...ASKED_FIELDS.map((field) => ({ value: field, name: `Change: ${FIELD_LABELS[field]}` })),
    { value: 'give up', name: 'Give up; nothing was changed' },
  ]
}

/**
 * Returns the correction that Enter chooses: the value that the error names, or else the one that it is most
 * likely about.
 */
export function likelyCorrection(error: OperatorError): Correction {
  const { field } = error.details
  if (error.code !== 'DATABASE_DOES_NOT_EXIST') {
    const named = correctionsOf(error).find(({ value }) => value === field)
    if (named) return named.value
  }
  return SUSPECTS[error.code] ?? (isAboutRemains(error) ? 'give up' : 'again')
}

/**
 * Shows an error and asks how to continue. Returns the draft to try next; `null` if the operator gives up.
 */
export async function correct(
  draft: AddDraft,
  error: OperatorError,
  { reporter, ...context }: AskContext & { reporter: Reporter },
): Promise<AddDraft | null> {
  reporter.explain()
  reporter.explain(errorText(error, reporter.style))
  reporter.explain()
  const correction = await context.prompts.choice(
    'What do you want to do? The other values are kept.',
    correctionsOf(error),
    likelyCorrection(error),
  )
  switch (correction) {
    case 'give up':
      return null
    case 'again':
      return draft
    case 'create':
      return { ...draft, createDatabase: true }
    case 'replace':
      return { ...draft, existingSchema: 'replace' }
    case 'name':
      return { ...draft, name: await askName(context, draft.name) }
    default:
      return askAgain(correction, draft, context)
  }
}
