import { completeSettings, DEFAULT_SETTINGS } from '../../../../databases/interface/connection-settings.ts'
import { type Alternatives, NO_ALTERNATIVES } from '../../../../databases/other-databases.ts'
import type { OperatorError } from '../../../../errors.ts'
import type { ConnectionSettings } from '../../../../postgres/types.ts'
import { NAME_LABEL } from '../../../prompts/connection.ts'
import { askCorrection, isDatabaseMissing } from '../../../prompts/correction.ts'
import type { Reporter } from '../../../terminal.ts'
import { askAgain, askName, resolveTaken } from './ask.ts'
import type { AddDraft, AskContext } from './draft.ts'

export interface CorrectContext extends AskContext {
  reporter: Reporter
  /** What the command line says of a missing database, and of existing schemas. */
  createDatabase: boolean
  existingSchema: AddDraft['existingSchema']
  /** Returns what the operator can do if the server lacks the database. */
  readAlternatives: (settings: ConnectionSettings) => Promise<Alternatives>
}

/**
 * Shows an error and asks how to continue. Returns the draft to try next, which is `draft` itself if nothing
 * changes; `null` if the operator gives up.
 *
 * @param error `null` if nothing failed, but the operator wants to change the plan
 */
export async function correct(
  draft: AddDraft,
  error: OperatorError | null,
  context: CorrectContext,
): Promise<AddDraft | null> {
  const { values } = draft.connection
  const isMissing = isDatabaseMissing(error)
  const alternatives = isMissing ? await context.readAlternatives(completeSettings(values)) : NO_ALTERNATIVES
  const correction = await askCorrection(
    {
      error,
      isDatabaseMissing: isMissing,
      database: values.database ?? '',
      user: values.user ?? '',
      port: values.port ?? DEFAULT_SETTINGS.port,
      ...alternatives,
      nameLabel: NAME_LABEL,
      hasSummary: true,
      // The stored password stays where the name is a stored one and no password is given.
      canRemovePassword: !!values.password && !context.storedNames.includes(draft.name),
      canCreate: true,
    },
    context,
  )
  if (typeof correction === 'object') return withDatabase(draft, correction.database, context)
  switch (correction) {
    case 'give up':
      return null
    case 'again':
    case 'back':
      return draft
    case 'no password':
      return withoutPassword(draft)
    case 'create':
      return { ...draft, createDatabase: true }
    case 'adopt':
    case 'replace':
      return { ...draft, existingSchema: correction }
    case 'name':
      return withName(draft, error, context)
    default: {
      const next = await askAgain(correction, draft, context)
      return PLACE_FIELDS.has(correction) ? withoutConsents(next, context) : next
    }
  }
}

/** Asks for another name; a stored one brings the values that are stored under it. */
async function withName(
  draft: AddDraft,
  error: OperatorError | null,
  context: CorrectContext,
): Promise<AddDraft> {
  const preset = error?.code === 'NAME_TAKEN' ? undefined : draft.name
  const name = await askName(context, preset, draft.connection.values)
  return name === draft.name ? draft : resolveTaken(name, draft, null, context)
}

function withoutPassword(draft: AddDraft): AddDraft {
  const { values, sources } = draft.connection
  const connection = {
    ...draft.connection,
    values: { ...values, password: null },
    sources: { ...sources, password: 'prompt' as const },
    passwordSource: null,
  }
  return { ...draft, given: null, connection }
}

/** The values that name another database when they change. */
const PLACE_FIELDS: ReadonlySet<string> = new Set(['host', 'port', 'database'])

/** The consents to create a database, or to keep or replace schemas, were about the earlier values. */
function withoutConsents(draft: AddDraft, { createDatabase, existingSchema }: CorrectContext): AddDraft {
  return { ...draft, createDatabase, existingSchema }
}

function withDatabase(draft: AddDraft, database: string, context: CorrectContext): AddDraft {
  const { values, sources } = draft.connection
  const connection = {
    ...draft.connection,
    values: { ...values, database },
    sources: { ...sources, database: 'prompt' as const },
  }
  return withoutConsents({ ...draft, connection }, context)
}
