import { lookUpPassword } from '../../../../databases/interface/connection-settings.ts'
import { checkName } from '../../../../databases/interface/internal-database.ts'
import { homeDirectory } from '../../../../files/home-directory.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import { ASKED_FIELDS, type AskedField, askField } from '../../../prompts/connection.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import type { Reporter } from '../../../terminal.ts'
import type { AddOptions } from './flags.ts'

/** The values of an add that the dialogue fills and corrects. */
export interface AddDraft extends Pick<AddOptions, 'createDatabase' | 'existingSchema'> {
  name: string
  connection: GivenConnection
}

export interface AskContext {
  prompts: Prompts
  /** The names that are stored already. */
  storedNames: readonly string[]
  env: NodeJS.ProcessEnv
}

/** Introduces the dialogue before the first question. */
export function introduce(reporter: Reporter): void {
  for (const line of [
    reporter.style.bold('Add a user database to Mathesar'),
    '',
    'The role must be a SUPERUSER or the OWNER of the database (or hold CREATE on it), because the ' +
      'Mathesar schemas will be installed in it: msar, __msar and mathesar_types. Your own tables are ' +
      'not touched.',
    'Nothing is changed before you have seen a summary. Ctrl-C ends at any time.',
    '',
  ]) {
    reporter.info(line)
  }
}

/** Asks for everything that neither the command line nor a DSN gives. */
export async function askMissing(
  options: AddOptions,
  connection: GivenConnection,
  context: AskContext,
): Promise<AddDraft> {
  const { createDatabase, existingSchema } = options
  const name = options.name ?? (await askName(context))
  let draft: AddDraft = { name, connection, createDatabase, existingSchema }
  for (const field of ASKED_FIELDS) {
    if (!isGiven(field, connection, options)) draft = await askAgain(field, draft, context)
  }
  return draft
}

/**
 * A value of the command line or a DSN needs no question; one of the environment is the default of
 * its question.
 */
function isGiven(field: AskedField, { sources }: GivenConnection, { connection }: AddOptions): boolean {
  if (field === 'password' && connection.dsn !== undefined && sources.password) return true
  const source = sources[field]
  return source === 'flag' || source === 'dsn'
}

/** Asks for the name to store the database under; Enter keeps `preset`. */
export function askName({ prompts, storedNames }: AskContext, preset?: string): Promise<string> {
  return prompts.text({
    message: 'Unique name',
    ...(preset === undefined ? {} : { default: preset }),
    check: (value) => checkName(value) ?? (storedNames.includes(value) ? `"${value}" is taken.` : null),
  })
}

/** Asks for one value of the connection, with what is known of it as the default. */
export async function askAgain(field: AskedField, draft: AddDraft, context: AskContext): Promise<AddDraft> {
  const { values, sources, passfile, passwordSource } = draft.connection
  const answered = await askField(field, { values, sources, env: context.env, passfile }, context.prompts)
  // The question for the mode asks for the certificate that the mode needs, too.
  const asksCertificate = field === 'sslmode' && answered.sslrootcert && !sources.sslrootcert
  return {
    ...draft,
    connection: {
      ...draft.connection,
      values: answered,
      passwordSource:
        field === 'password' ? passwordSourceOf(answered, draft.connection, context) : passwordSource,
      sources: {
        ...sources,
        [field]: 'prompt',
        ...(asksCertificate ? { sslrootcert: 'prompt' as const } : {}),
      },
    },
  }
}

/** Returns where the password came from that the operator typed, or kept by Enter. */
function passwordSourceOf(
  { password }: GivenConnection['values'],
  { values, passwordSource, passfile }: GivenConnection,
  { env }: AskContext,
): GivenConnection['passwordSource'] {
  if (!password) return null
  if (password === values.password) return passwordSource
  const found = lookUpPassword(values, env, homeDirectory(env), passfile)
  return password === found.password ? found.source : { kind: 'prompt' }
}
