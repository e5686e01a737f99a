import { lookUpPassword } from '../../../../databases/interface/connection-settings.ts'
import { checkNewName, resolveName } from '../../../../databases/stored-name.ts'
import { usageError } from '../../../../errors.ts'
import { homeDirectory } from '../../../../files/home-directory.ts'
import type { SettingField } from '../../../../postgres/types.ts'
import type { StoredDatabase } from '../../../../store/types.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import { ASKED_FIELDS, type AskedField, askField } from '../../../prompts/connection.ts'
import type { Prompts } from '../../../prompts/prompts.ts'
import { showError } from '../../../prompts/show-error.ts'
import type { Reporter } from '../../../terminal.ts'
import type { AddOptions } from './flags.ts'
import { askAboutTaken, compareTarget } from './taken.ts'

/** The values of an add that the dialogue fills and corrects. */
export interface AddDraft extends Pick<AddOptions, 'createDatabase' | 'existingSchema'> {
  name: string
  connection: GivenConnection
}

export interface AskContext {
  prompts: Prompts
  /** The names that are stored already. */
  storedNames: readonly string[]
  /** Returns a stored database. */
  find: (name: string) => Promise<StoredDatabase | null>
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

/**
 * Asks for everything that neither the command line nor a DSN gives. Errors: `NAME_TAKEN` if the operator
 * keeps a name that another database has.
 */
export async function askMissing(
  options: AddOptions,
  connection: GivenConnection,
  context: AskContext & { reporter: Reporter },
): Promise<AddDraft> {
  const { createDatabase, existingSchema } = options
  let draft: AddDraft = {
    ...(await startingValues(options, connection, context)),
    createDatabase,
    existingSchema,
  }
  for (const field of ASKED_FIELDS) {
    if (!isGiven(field, draft.connection, options)) draft = await askAgain(field, draft, context)
  }
  return draft
}

/** Resolves the name before any other question: one that is taken or not valid costs no other answer. */
async function startingValues(
  options: AddOptions,
  connection: GivenConnection,
  context: AskContext & { reporter: Reporter },
): Promise<Pick<AddDraft, 'name' | 'connection'>> {
  if (options.name === undefined) return { name: await askName(context), connection }
  const name = resolveName(options.name, context.storedNames)
  const isStored = context.storedNames.includes(name)
  const problem = isStored ? null : checkNewName(name, context.storedNames)
  if (problem !== null) {
    const error = usageError(problem, 'Choose another name.', 'name')
    showError(error, context.reporter)
    return { name: await askName(context), connection }
  }
  const stored = isStored ? await context.find(name) : null
  if (stored === null) return { name, connection }
  const comparison = compareTarget(stored, connection, (field) => isGiven(field, connection, options))
  if (comparison === 'same') return { name, connection }
  const choice = await askAboutTaken(stored, comparison, context)
  if (choice === 'other') return { name: await askName(context), connection }
  return { name, connection: withStored(stored, connection) }
}

/** Returns the connection with the values of a stored database where the operator gave none. */
function withStored(stored: StoredDatabase, connection: GivenConnection): GivenConnection {
  const { host, port, database, user, sslmode, sslrootcert } = stored
  const values: GivenConnection['values'] = { host, port, database, user, sslmode, sslrootcert }
  const sources: GivenConnection['sources'] = { password: 'stored' }
  for (const field of Object.keys(values) as SettingField[]) sources[field] = 'stored'
  for (const field of Object.keys(connection.values) as SettingField[]) {
    if (!isTyped(field, connection.sources)) continue
    Object.assign(values, { [field]: connection.values[field] })
    Object.assign(sources, { [field]: connection.sources[field] })
  }
  return { ...connection, values, sources }
}

/** Returns whether the command line or a DSN gives a value. */
function isTyped(field: SettingField, sources: GivenConnection['sources']): boolean {
  return sources[field] === 'flag' || sources[field] === 'dsn'
}

/**
 * Returns whether a question for a field is not needed: the command line, a DSN or the stored database gives
 * its value. A DSN also stands for the defaults of what it leaves out. A value of the environment is the
 * default of its question. A server that wants a password which the DSN leaves out asks for it later.
 */
function isGiven(field: AskedField, { sources }: GivenConnection, { connection }: AddOptions): boolean {
  if (isTyped(field, sources)) return true
  if (sources[field] === 'stored') return field !== 'password'
  if (connection.dsn === undefined) return false
  return (field !== 'database' && field !== 'user') || sources[field] !== undefined
}

/** Asks for the name to store the database under; Enter keeps `preset`. */
export function askName({ prompts, storedNames }: AskContext, preset?: string): Promise<string> {
  return prompts.text({
    message: 'Unique name',
    ...(preset === undefined ? {} : { default: preset }),
    check: (value) => checkNewName(value, storedNames),
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
