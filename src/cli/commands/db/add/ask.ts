import { nameForms } from '../../../../databases/add/existing.ts'
import { DEFAULT_SETTINGS } from '../../../../databases/interface/connection-settings.ts'
import { checkNewName, resolveName } from '../../../../databases/stored-name.ts'
import { usageError } from '../../../../errors.ts'
import type { SettingField } from '../../../../postgres/types.ts'
import type { SchemaSource } from '../../../../schema/sources/types.ts'
import type { StoredDatabase } from '../../../../store/types.ts'
import type { GivenConnection } from '../../../flags/given-connection.ts'
import { ASKED_FIELDS, type AskedField, askField, NAME_LABEL } from '../../../prompts/connection.ts'
import { showError } from '../../../prompts/show-error.ts'
import { quotedName } from '../../../render/printable.ts'
import type { Reporter } from '../../../terminal.ts'
import type { AddDraft, AskContext, TracedPassword } from './draft.ts'
import type { AddOptions } from './flags.ts'
import { findServer, givenPassword, knownPassword } from './known-password.ts'
import { askAboutTaken, compareTarget } from './taken.ts'

type ReportingContext = AskContext & { reporter: Reporter }

const NAME_LINES = [
  'The unique name is your own label for the database. It can differ from the name of the PostgreSQL ' +
    'database, and "mathesarctl db edit" can change it.',
  '',
]

const NO_NICKNAMES_LINES = [
  'This Mathesar has no nicknames: it shows a database under the name that the database has in PostgreSQL.',
  '',
]

const INSTALLING =
  'The role must be a SUPERUSER or the OWNER of the database (or hold CREATE on it), because the ' +
  'Mathesar schemas will be installed in it: msar, __msar and mathesar_types. Your own tables are ' +
  'not touched.'

const REGISTERING =
  'The command checks the connection and stores it. Nothing is installed in the database, and your own ' +
  'tables are not touched.'

function installingText({ generation, version, origin }: SchemaSource): string {
  if (generation === 'legacy') return INSTALLING
  const place = origin === undefined ? '' : `, from ${origin}`
  return `${INSTALLING} Their SQL is that of Mathesar ${version}${place}.`
}

/** Introduces the dialogue before the first question. */
export function introduce(
  reporter: Reporter,
  {
    asksName,
    source,
    hasNicknames,
  }: { asksName: boolean; source: SchemaSource | null; hasNicknames: boolean },
): void {
  for (const line of [
    reporter.style.bold('Add a user database'),
    '',
    source === null ? REGISTERING : installingText(source),
    'Nothing is changed before you have seen a summary, where you can still correct every answer. Ctrl-C ' +
      'ends at any time.',
    '',
    ...(hasNicknames ? (asksName ? NAME_LINES : []) : NO_NICKNAMES_LINES),
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
  context: ReportingContext,
): Promise<AddDraft> {
  const { createDatabase, registerOnly, existingSchema } = options
  const start = await startingValues(options, connection, context)
  const { users } = options
  let draft: AddDraft = { ...start, users, createDatabase, registerOnly, existingSchema, source: null }
  let isAsked = start.name !== '' && start.name !== options.name
  for (const field of ASKED_FIELDS) {
    if (isGiven(field, draft.connection, options)) continue
    draft = await askAgain(field, draft, context)
    isAsked = true
  }
  // What follows stands apart from the questions.
  if (isAsked) context.reporter.info()
  return withOwnName(draft, options.name, context)
}

/**
 * Returns the draft with the name of the database itself where Mathesar has no nicknames; a longer form of
 * that name stays.
 */
function withOwnName(draft: AddDraft, given: string | undefined, { capabilities }: AskContext): AddDraft {
  if (capabilities.hasNicknames || draft.name !== '') return draft
  const place = { ...DEFAULT_SETTINGS, database: '', ...draft.connection.values }
  const isForm = given !== undefined && nameForms(place).includes(given)
  return { ...draft, name: isForm ? given : place.database }
}

/**
 * Resolves the name before any other question: one that is taken or not valid costs no other answer. Errors:
 * `NAME_TAKEN` if the operator gives up.
 */
async function startingValues(
  options: AddOptions,
  connection: GivenConnection,
  context: ReportingContext,
): Promise<Pick<AddDraft, 'name' | 'connection' | 'given'>> {
  const start = { connection, given: givenPassword(connection) }
  if (options.name === undefined) {
    // Without nicknames, the name is that of the database, which a later question asks for.
    if (!context.capabilities.hasNicknames) return { ...start, name: '' }
    return resolveTaken(await askName(context), start, options, context)
  }
  const name = resolveName(options.name, context.storedNames)
  if (!context.capabilities.hasNicknames && !context.storedNames.includes(name)) {
    return { ...withOwnDatabase(connection, name, options, context), name: '' }
  }
  const problem = context.storedNames.includes(name) ? null : checkNewName(name, context.storedNames)
  if (problem !== null) {
    showError(usageError(problem, 'Choose another name.', 'name'), context.reporter)
    return resolveTaken(await askName(context), start, options, context)
  }
  return resolveTaken(name, start, options, context)
}

/**
 * Offers a name as that of the database, where Mathesar knows no other; explains that it is not used where
 * the command line names another database.
 */
function withOwnDatabase(
  connection: GivenConnection,
  name: string,
  options: AddOptions,
  { reporter }: ReportingContext,
): Pick<AddDraft, 'connection' | 'given'> {
  const given = givenPassword(connection)
  const { values } = connection
  if (!isGiven('database', connection, options)) {
    return { given, connection: { ...connection, values: { ...values, database: name } } }
  }
  const place = { ...DEFAULT_SETTINGS, database: '', ...values }
  if (!nameForms(place).includes(name)) {
    reporter.explain(
      `The name ${quotedName(name)} is not used: the database is stored as ${quotedName(place.database)}.`,
    )
    reporter.explain()
  }
  return { given, connection }
}

/**
 * Returns the draft with a name, or, if that is the name of a stored database, with what the operator chooses
 * then: another name, or the stored values. Errors: `NAME_TAKEN` if the operator gives up.
 *
 * @param options those of the command line; `null`: every value of the connection is given
 */
export async function resolveTaken<Draft extends Pick<AddDraft, 'connection' | 'given'>>(
  name: string,
  draft: Draft,
  options: AddOptions | null,
  context: ReportingContext,
): Promise<Draft & { name: string }> {
  const { connection } = draft
  const stored = context.storedNames.includes(name) ? await context.find(name) : null
  if (stored === null) return { ...draft, name }
  const comparison = compareTarget(stored, connection, {
    isGiven: (field) => options === null || isGiven(field, connection, options),
    hasServers: context.capabilities.hasServers,
  })
  if (comparison === 'same') return { ...draft, name }
  const role = isTyped('user', connection.sources) ? connection.values.user : undefined
  const choice = await askAboutTaken(stored, comparison, role, context)
  if (choice === 'other') return resolveTaken(await askName(context), draft, options, context)
  if (choice === 'respelled') return { ...draft, name }
  const known = choice === 'role' ? withStoredPlace(stored, connection) : withStored(stored, connection)
  return { ...draft, name, connection: known, given: givenPassword(known) }
}

/** Returns the connection with what is stored of the database, and not of its role. */
function withStoredPlace(stored: StoredDatabase, connection: GivenConnection): GivenConnection {
  const known = withStored(stored, connection)
  const { user: _user, ...values } = known.values
  const { user: _source, password: _password, ...sources } = known.sources
  const { user, password } = connection.values
  const { user: userSource, password: passwordSource } = connection.sources
  return {
    ...connection,
    values: { ...values, ...(user ? { user } : {}), ...(password ? { password } : {}) },
    sources: {
      ...sources,
      ...(userSource ? { user: userSource } : {}),
      ...(passwordSource ? { password: passwordSource } : {}),
    },
  }
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

/**
 * Asks for the name to store the database under; Enter keeps `preset`. The answer may be the name of a stored
 * database: `resolveTaken` asks about it.
 */
export async function askName(
  { prompts, storedNames, capabilities }: AskContext,
  preset?: string,
  values: GivenConnection['values'] = {},
): Promise<string> {
  const forms = nameForms({ ...DEFAULT_SETTINGS, database: '', ...values })
  const formProblem = (value: string) =>
    forms.includes(value)
      ? null
      : `This Mathesar has no nicknames: use ${forms.map(quotedName).join(' or ')}.`
  const stored = (value: string) => storedNames.includes(resolveName(value, storedNames))
  const typed = await prompts.text({
    message: NAME_LABEL,
    ...(preset === undefined ? {} : { default: preset }),
    check: (value) =>
      stored(value)
        ? null
        : (checkNewName(value, storedNames) ?? (capabilities.hasNicknames ? null : formProblem(value))),
    remark: (value) => (stored(value) ? `"${value}" is taken. Enter shows what you can do about it.` : null),
  })
  return resolveName(typed, storedNames)
}

/** Asks for one value of the connection, with what is known of it as the default. */
export async function askAgain(field: AskedField, draft: AddDraft, context: AskContext): Promise<AddDraft> {
  const { values, sources, passwordSource } = draft.connection
  const known = field === 'password' ? await knownPassword(draft, context) : null
  const presets = field === 'sslmode' ? { ...serverSslMode(draft, context), ...values } : values
  const answered = await askField(field, { values: presets, sources, known }, context.prompts)
  // The question for the mode asks for the certificate that the mode needs, too.
  const asksCertificate = field === 'sslmode' && answered.sslrootcert && !sources.sslrootcert
  return {
    ...draft,
    connection: {
      ...draft.connection,
      values: answered,
      passwordSource: field === 'password' ? sourceOf(answered.password, known) : passwordSource,
      sources: {
        ...sources,
        [field]: 'prompt',
        ...(asksCertificate ? { sslrootcert: 'prompt' as const } : {}),
      },
    },
  }
}

/** Returns the TLS mode of the stored server that the draft names, if there is one. */
function serverSslMode(
  { connection: { values } }: AddDraft,
  { servers }: Pick<AskContext, 'servers'>,
): Pick<GivenConnection['values'], 'sslmode'> {
  const server = findServer(servers, values)
  return server ? { sslmode: server.sslmode } : {}
}

/** Returns where the password came from that the operator typed, or kept by Enter. */
function sourceOf(
  password: string | null | undefined,
  known: TracedPassword | null,
): GivenConnection['passwordSource'] {
  if (!password) return null
  return password === known?.password ? known.passwordSource : { kind: 'prompt' }
}
