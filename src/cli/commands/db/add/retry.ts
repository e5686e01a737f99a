import { completeSettings } from '../../../../databases/interface/connection-settings.ts'
import { type Alternatives, NO_ALTERNATIVES } from '../../../../databases/other-databases.ts'
import type { OperatorError } from '../../../../errors.ts'
import type { ConnectionSettings } from '../../../../postgres/types.ts'
import { askCorrection } from '../../../prompts/correction.ts'
import type { Reporter } from '../../../terminal.ts'
import { type AddDraft, type AskContext, askAgain, askName } from './ask.ts'

export interface CorrectContext extends AskContext {
  reporter: Reporter
  /** What the command line says of a missing database, and of existing schemas. */
  createDatabase: boolean
  existingSchema: AddDraft['existingSchema']
  /** Returns what the operator can do if the server lacks the database. */
  readAlternatives: (settings: ConnectionSettings) => Promise<Alternatives>
}

/**
 * Shows an error and asks how to continue. Returns the draft to try next; `null` if the operator gives up.
 *
 * @param error `null` if nothing failed, but the operator wants to change the plan
 */
export async function correct(
  draft: AddDraft,
  error: OperatorError | null,
  context: CorrectContext,
): Promise<AddDraft | null> {
  const { values } = draft.connection
  const isMissing = error?.code === 'DATABASE_DOES_NOT_EXIST'
  const alternatives = isMissing ? await context.readAlternatives(completeSettings(values)) : NO_ALTERNATIVES
  const correction = await askCorrection(
    {
      error,
      database: values.database ?? '',
      user: values.user ?? '',
      ...alternatives,
      nameLabel: 'unique name',
      canCreate: true,
    },
    context,
  )
  if (typeof correction === 'object') return withDatabase(draft, correction.database, context)
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
    default: {
      const next = await askAgain(correction, draft, context)
      return PLACE_FIELDS.has(correction) ? withoutConsents(next, context) : next
    }
  }
}

/** The values that name another database when they change. */
const PLACE_FIELDS: ReadonlySet<string> = new Set(['host', 'port', 'database'])

/** The consents to create a database, or to replace what one has, were about the one that was corrected. */
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
