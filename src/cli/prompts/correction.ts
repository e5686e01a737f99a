import { DEFAULT_SETTINGS } from '../../databases/interface/connection-settings.ts'
import {
  ExistingSchemaError,
  RemainsError,
  UsedByLaterError,
} from '../../databases/interface/mathesar-state.ts'
import type { Alternatives } from '../../databases/other-databases.ts'
import { OperatorError } from '../../errors.ts'
import { joinHints } from '../../hint.ts'
import { isSimilar } from '../../nearest.ts'
import { printable } from '../render/printable.ts'
import type { Reporter } from '../terminal.ts'
import { KEEP_EXISTING_CHOICE, REPLACE_CHOICE, REPLACE_EXISTING_CHOICE } from './choice-names.ts'
import { ASKED_FIELDS, type AskedField, FIELD_LABELS } from './connection.ts'
import type { Choice, Prompts } from './prompts.ts'
import { showError } from './show-error.ts'

/** What the operator can do about a value that does not work, or about a plan that is not the right one. */
export type Correction =
  | AskedField
  | 'name'
  | 'again'
  | 'create'
  | 'adopt'
  | 'replace'
  | 'no password'
  | 'back'
  | 'give up'
  | { readonly database: string }

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
  'SCHEMA_CONFLICT',
  'LOCKED',
])

/** The value that an error is most likely about. */
const SUSPECTS: Partial<Record<OperatorError['code'], Correction>> = {
  NAME_TAKEN: 'name',
  INTERNAL_DATABASE_TARGET: 'database',
  CONNECTION_FAILED: 'host',
  TLS_FAILED: 'sslmode',
  AUTHENTICATION_FAILED: 'password',
  DATABASE_DOES_NOT_EXIST: 'database',
  POOLED_CONNECTION: 'port',
  UNSUPPORTED_SERVER: 'host',
  READ_ONLY_SERVER: 'host',
  INSUFFICIENT_PRIVILEGE: 'user',
}

/** Reasons of a failed connection that another value does not remove, but another try may. */
const PASSING_REASONS = new Set([
  'cancelled',
  'disk full',
  'lost',
  'out of memory',
  'out of resources',
  'server disk',
  'starting',
  'too many connections',
])

/** Returns whether another value, or another try, can correct an error. */
export function isCorrectable(error: unknown): error is OperatorError {
  return error instanceof OperatorError && CORRECTABLE_CODES.has(error.code)
}

/** Returns what the operator can do about the schemas of the database. */
function schemaChoices(error: OperatorError | null): Choice<Correction>[] {
  if (error instanceof RemainsError) return [{ value: 'replace', name: REPLACE_CHOICE }]
  const isLaters = error instanceof UsedByLaterError
  if (!isLaters && !(error instanceof ExistingSchemaError)) return []
  const kept = 'Nothing changes in the database.'
  return [
    {
      value: 'adopt',
      name: KEEP_EXISTING_CHOICE,
      description: isLaters ? `${kept} This Mathesar 0.1.x cannot work on it.` : kept,
    },
    {
      value: 'replace',
      name: REPLACE_EXISTING_CHOICE,
      description:
        `The types and the columns that use them stay. ${isLaters ? 'The later' : 'Another'} Mathesar that ` +
        'uses these schemas no longer works on this database.',
    },
  ]
}

/** What a dialogue can correct. */
export interface CorrectionScope {
  /** The label of the name that can be changed; `null` if none can. */
  nameLabel: string | null
  /** After a no, the operator can go back to the summary. */
  hasSummary: boolean
  /** The values have a password that the operator can leave out. */
  canRemovePassword: boolean
  /** The dialogue can create a missing database, and keep or replace schemas. */
  canCreate: boolean
}

/** What an error allows besides other values. */
export interface Problem extends CorrectionScope, Alternatives {
  /** `null`: nothing failed, but the operator does not want the plan. */
  error: OperatorError | null
  /** The server lacks the database that was tried. */
  isDatabaseMissing: boolean
  /** The names of the database that was tried, and of the role. */
  database: string
  user: string
  /** The port that was tried. */
  port: number
}

/** Returns whether an error says that the server lacks the database, or that the role can't create it. */
export function isDatabaseMissing(error: OperatorError | null): boolean {
  return error?.code === 'DATABASE_DOES_NOT_EXIST' || error?.details.data?.privilege === 'CREATEDB'
}

/** More names would hide the other choices. */
const OFFERED_DATABASES = 4

/** Returns the corrections that an error allows, in the order in which they are offered. */
export function correctionsOf({
  error,
  isDatabaseMissing: isMissing,
  database: tried,
  others,
  mayCreate,
  nameLabel,
  canCreate,
  canRemovePassword,
  hasSummary,
}: Problem): Choice<Correction>[] {
  const change = (field: AskedField) => ({ value: field, name: `Change: ${FIELD_LABELS[field]}` })
  const choices: Choice<Correction>[] = others.slice(0, OFFERED_DATABASES).map((database) => ({
    value: { database },
    name: `Use the database "${printable(database, false)}"`,
  }))
  if (isMissing) choices.push(change('database'))
  if (canCreate) choices.push(...schemaChoices(error))
  if (error !== null) choices.push({ value: 'again', name: 'Try again' })
  if (nameLabel !== null) choices.push({ value: 'name', name: `Change: ${nameLabel}` })
  choices.push(...ASKED_FIELDS.filter((field) => !(isMissing && field === 'database')).map(change))
  if (isMissing && canCreate && mayCreate) {
    choices.push({ value: 'create', name: `Create the database "${printable(tried, false)}"` })
  }
  if (error === null && canRemovePassword) choices.push({ value: 'no password', name: 'Use no password' })
  if (error === null && hasSummary) choices.push({ value: 'back', name: 'Back to the summary' })
  // Setup, or an addition that creates the internal database, has changed something by then.
  const outcome = canCreate ? 'no database is added' : 'nothing was changed'
  choices.push({ value: 'give up', name: `Give up; ${outcome}` })
  return choices
}

/**
 * Returns the correction that Enter chooses: the value that the error names, or else the one that it is most
 * likely about. After a plan that is not the right one, Enter leaves.
 */
export function likelyCorrection(problem: Problem): Correction {
  const { error, database } = problem
  if (error === null) return 'give up'
  const values = correctionsOf(problem).map(({ value }) => value)
  const [first] = values
  if (typeof first === 'object' && isSimilar(first.database, database)) return first
  const { field } = error.details
  const named = values.find((value) => value === (field === 'rename' ? 'name' : field))
  const { reason } = error.details.data ?? {}
  const suspect = named ?? (PASSING_REASONS.has(reason ?? '') ? 'again' : suspectOf(problem, error))
  if (suspect !== undefined && values.includes(suspect)) return suspect
  if (error.code !== 'SCHEMA_CONFLICT') return 'again'
  // To keep them would store a database that this Mathesar can't work on.
  if (error instanceof UsedByLaterError) return 'give up'
  return values.includes('adopt') ? 'adopt' : 'give up'
}

/** Returns the value that an error is most likely about, which it does not name itself. */
function suspectOf({ port }: Problem, { code, details }: OperatorError): Correction | undefined {
  // A machine that refuses a connection was reached: it is the right one more often than its unusual port.
  const isRefused = details.data?.reason === 'refused'
  if (isRefused && port !== DEFAULT_SETTINGS.port) return 'port'
  return SUSPECTS[code]
}

/** Shows what failed, if anything did, and asks how to continue. */
export function askCorrection(
  problem: Problem,
  { prompts, reporter }: { prompts: Prompts; reporter: Reporter },
): Promise<Correction> {
  const { error } = problem
  reporter.explain()
  if (error !== null) {
    showError(withCreation(error, problem), reporter)
    reporter.explain()
  }
  reporter.explain('The dialogue keeps every value that you entered, except the one that you change.')
  const question = error === null ? 'What do you want to change?' : 'What do you want to do?'
  const choices = correctionsOf(problem)
  const likely = likelyCorrection(problem)
  const preset = choices.find(({ value }) => isSame(value, likely))?.value ?? likely
  return prompts.choice(question, choices, preset)
}

/** States in the hint why the dialogue does not offer to create a database. */
function withCreation(error: OperatorError, { canCreate, mayCreate, user }: Problem): OperatorError {
  if (!canCreate || error.code !== 'DATABASE_DOES_NOT_EXIST' || mayCreate !== false) return error
  return error.with({ hint: joinHints(error.hint, `To create the database, role "${user}" needs CREATEDB.`) })
}

function isSame(one: Correction, other: Correction): boolean {
  if (typeof one === 'object' && typeof other === 'object') return one.database === other.database
  return one === other
}
