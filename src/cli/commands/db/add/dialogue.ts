import { type AddDatabaseResult, type AddPlan, addDatabase } from '../../../../databases/add.ts'
import type { RunOptions } from '../../../../databases/events.ts'
import { refuseInternal } from '../../../../databases/internal-target.ts'
import { OperatorError, usageError } from '../../../../errors.ts'
import { completeSettings } from '../../../../postgres/settings/resolve-settings.ts'
import type { ConnectionSettings, SettingField } from '../../../../postgres/types.ts'
import { releasesText } from '../../../../schema/inspect/remains.ts'
import { checkName } from '../../../../store/name.ts'
import { type GivenConnection, givenConnection, runOptions } from '../../../flags/connection.ts'
import type { Invocation } from '../../../invocation.ts'
import { type ProgressReport, reportProgress } from '../../../progress.ts'
import { askChoice, askText, askYesNo } from '../../../prompts/ask.ts'
import { ASKED_FIELDS, type AskedField, askField, FIELD_LABELS } from '../../../prompts/connection.ts'
import { errorText } from '../../../render/error.ts'
import { summary } from '../../../render/summary.ts'
import { findInternalDatabases } from '../../../settings/internal-databases.ts'
import { type Workspace, withWorkspace } from '../../../workspace.ts'
import type { AddFlags } from './index.ts'

/** `db add` without a terminal: what is missing is an error that names the flag. */
export async function addWithFlags(
  invocation: Invocation,
  name: string | undefined,
  flags: AddFlags,
): Promise<AddDatabaseResult> {
  if (name === undefined)
    throw usageError(
      'The name to store the database under is missing.',
      'Give it as the argument NAME: mathesarctl db add NAME ...',
      'name',
    )
  const given = await givenConnection(flags, invocation)
  const settings = completeSettings(given.values)
  const report = reportProgress(invocation.terminal)
  const options = optionsOf(invocation, flags, given, report)
  const run = (workspace: Workspace) =>
    addDatabase(workspace.store, input(name, settings, given, flags, invocation), options)
  try {
    return await withWorkspace(invocation, { create: true, dryRun: flags.dryRun === true }, run)
  } catch (error) {
    // Where the internal database itself can't be used, the operator must still learn that it was the target.
    if (error instanceof OperatorError && error.code === 'STORE_UNAVAILABLE') {
      report.stop()
      await refuseInternal(settings, findInternalDatabases(invocation), options)
    }
    throw error
  } finally {
    report.stop()
  }
}

/** `db add` at a terminal: asks for what is missing, shows what will happen, and lets a wrong value be corrected. */
export async function addWithQuestions(
  invocation: Invocation,
  argument: string | undefined,
  flags: AddFlags,
): Promise<AddDatabaseResult> {
  const { terminal } = invocation
  const given = await givenConnection(flags, invocation)
  const report = reportProgress(terminal)
  return withWorkspace(invocation, { create: true, dryRun: flags.dryRun === true }, async (workspace) => {
    const stored = await workspace.store.names()
    introduce(invocation)
    let name = argument ?? (await askName(stored, invocation))
    for (const field of ASKED_FIELDS) {
      if (!isGiven(field, given, flags)) await ask(field, given, invocation)
    }
    terminal.say()
    let createDatabase = flags.createDatabase === true
    let existingSchema = flags.existingSchema
    for (;;) {
      try {
        const settings = completeSettings(given.values)
        return await addDatabase(
          workspace.store,
          {
            ...input(name, settings, given, { ...flags, createDatabase, existingSchema }, invocation),
            confirm: (plan) => {
              report.stop()
              return confirmPlan(plan, invocation)
            },
          },
          optionsOf(invocation, flags, given, report),
        )
      } catch (error) {
        report.stop()
        if (!(error instanceof OperatorError) || !isCorrectable(error)) throw error
        const next = await askWhatNext(error, invocation)
        if (next === 'give up') throw error
        if (next === 'create') createDatabase = true
        else if (next === 'replace') existingSchema = 'replace'
        else if (next === 'name') name = await askName(stored, invocation, name)
        else if (next !== 'again') await ask(next, given, invocation)
      }
    }
  }).finally(report.stop)
}

function input(
  name: string,
  settings: ConnectionSettings,
  given: GivenConnection,
  flags: AddFlags,
  invocation: Invocation,
) {
  return {
    name,
    settings,
    assumed: (Object.keys(settings) as SettingField[]).filter((field) => !(field in given.sources)),
    internal: findInternalDatabases(invocation),
    createDatabase: flags.createDatabase === true,
    existingSchema: flags.existingSchema ?? 'adopt',
    dryRun: flags.dryRun === true,
  } as const
}

function optionsOf(
  invocation: Invocation,
  flags: AddFlags,
  given: GivenConnection,
  report: ProgressReport,
): RunOptions {
  return runOptions(invocation, { ...given, lockTimeoutMs: flags.lockTimeout }, report.event)
}

function introduce({ terminal }: Invocation): void {
  const { bold } = terminal.style
  for (const line of [
    bold('Add a user database to Mathesar'),
    '',
    'The role must be a SUPERUSER or the OWNER of the database (or hold CREATE on it), because the Mathesar schemas will be installed in it: msar, __msar and mathesar_types. Your own tables are not touched.',
    'Nothing is changed before you have seen a summary. Ctrl-C ends at any time.',
    '',
  ]) {
    terminal.say(line)
  }
}

function askName(stored: readonly string[], invocation: Invocation, preset?: string): Promise<string> {
  const taken = new Set(stored)
  return askText(
    {
      message: 'Unique name',
      ...(preset === undefined ? {} : { default: preset }),
      check: (value) => checkName(value) ?? (taken.has(value) ? `"${value}" is taken.` : null),
    },
    invocation,
  )
}

/** A value on the command line or in a DSN is not asked for; one from the environment is the default of its question. */
function isGiven(field: AskedField, { sources }: GivenConnection, flags: AddFlags): boolean {
  if (field === 'password' && flags.dsn !== undefined && sources.password) return true
  const source = sources[field]
  return source === 'flag' || source === 'dsn'
}

async function ask(field: AskedField, given: GivenConnection, invocation: Invocation): Promise<void> {
  given.values = await askField(
    field,
    { values: given.values, sources: given.sources, env: invocation.env, passfile: given.passfile },
    invocation,
  )
  given.sources = { ...given.sources, [field]: 'prompt' }
  // Asked for together with the mode that needs it.
  if (field === 'sslmode' && given.values.sslrootcert) given.sources.sslrootcert ??= 'prompt'
}

async function confirmPlan(plan: AddPlan, invocation: Invocation): Promise<boolean> {
  const { terminal, globals } = invocation
  const { settings } = plan
  const say = globals.yes ? terminal.say : terminal.explain
  say()
  say(
    summary(
      [
        ['Name', plan.name],
        [
          'Server',
          settings.host.startsWith('/')
            ? `socket ${settings.host}, ${settings.port}`
            : `${settings.host}, port ${settings.port}`,
        ],
        ['Database', settings.database + (plan.createsDatabase ? ' (will be created)' : '')],
        ['Role', settings.user],
        ['Password', settings.password === null ? 'none' : 'given'],
        ['TLS mode', settings.sslmode],
        ['Schemas', schemasText(plan)],
        ...(plan.alsoStoredAs.length > 0
          ? [['Also stored as', plan.alsoStoredAs.map((name) => `"${name}"`).join(', ')] as const]
          : []),
      ],
      terminal.style,
    ),
  )
  say()
  if (globals.yes) return true
  return askYesNo('Go on?', true, invocation)
}

function schemasText({ schemaAction, schemaOwner, release, source }: AddPlan): string {
  switch (schemaAction) {
    case 'install':
      return `${source.objects} objects will be installed (${source.name} ${source.version})`
    case 'complete':
      return `the missing ones will be installed (${source.name} ${source.version})`
    case 'upgrade':
      return `those that are there will be upgraded in place (${source.name} ${source.version})`
    case 'replace':
      return `those that are there will be replaced (${source.name} ${source.version})`
    case 'keep':
      return 'installed already; left as they are'
    case 'adopt':
      return `those of ${releasesText(release)} (owner ${schemaOwner ?? 'unknown'}); left as they are`
  }
}

const CORRECTABLE = new Set([
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

function isCorrectable(error: OperatorError): boolean {
  return CORRECTABLE.has(error.code) || isRemains(error)
}

/** Remains that can be replaced; schemas that work are replaced only where the flag says so. */
function isRemains({ code, details }: OperatorError): boolean {
  return code === 'SCHEMA_CONFLICT' && details.data?.remains !== undefined
}

type Next = AskedField | 'name' | 'again' | 'create' | 'replace' | 'give up'

/** Which value an error is most likely about, so that Enter goes there. */
const SUSPECTS: Partial<Record<OperatorError['code'], Next>> = {
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

async function askWhatNext(error: OperatorError, invocation: Invocation): Promise<Next> {
  const { terminal } = invocation
  terminal.explain()
  terminal.explain(errorText(error, terminal.style))
  terminal.explain()
  const choices: { value: Next; name: string }[] = [
    ...(error.code === 'DATABASE_DOES_NOT_EXIST'
      ? [{ value: 'create' as const, name: 'Create the database' }]
      : []),
    ...(isRemains(error)
      ? [{ value: 'replace' as const, name: 'Put the bundled schemas in the place of what is left' }]
      : []),
    { value: 'again', name: 'Try again' },
    { value: 'name', name: 'Change the unique name' },
    ...ASKED_FIELDS.map((field) => ({ value: field, name: `Change: ${FIELD_LABELS[field]}` })),
    { value: 'give up', name: 'Give up; nothing was changed' },
  ]
  const named =
    error.code === 'DATABASE_DOES_NOT_EXIST'
      ? undefined
      : choices.find(({ value }) => value === error.details.field)?.value
  return askChoice(
    'What now? The other values are kept.',
    choices,
    named ?? SUSPECTS[error.code] ?? (isRemains(error) ? 'give up' : 'again'),
    invocation,
  )
}
