import stringWidth from 'string-width'
import type { AddDatabaseResult, AddPlan } from '../../../../databases/add/index.ts'
import type { SchemaAction } from '../../../../databases/choose-action.ts'
import { releasesText } from '../../../../databases/interface/mathesar-state.ts'
import { sourceText } from '../../../../databases/source-text.ts'
import { toRun } from '../../../../hint.ts'
import { serverText } from '../../../render/database.ts'
import { hintText } from '../../../render/hint.ts'
import { listed } from '../../../render/listed.ts'
import { printable, quotedName } from '../../../render/printable.ts'
import { quantity } from '../../../render/quantity.ts'
import { stderrWidth } from '../../../render/stderr-width.ts'
import { repeatedCommand } from '../../../settings/repeated-flags.ts'
import { shellWord } from '../../../shell-words.ts'
import type { Terminal } from '../../../terminal.ts'

/** Returns the rows of the summary before the confirmation. */
export function planRows(plan: AddPlan): (readonly [label: string, value: string])[] {
  const { settings, row } = plan
  return [
    ['Name', plan.name],
    ['Server', plannedServerText(plan)],
    ['Database', settings.database + (plan.createsDatabase ? ' (will be created)' : '')],
    ['Role', settings.user],
    ['Password', passwordText(plan)],
    ['TLS mode', sslModeText(plan)],
    ...(row.access ? [['Users', accessText(settings.user, row.access)] as const] : []),
    ['Schemas', plannedSchemasText(plan)],
    ...(plan.alsoStoredAs.length > 0
      ? [['Also stored as', plan.alsoStoredAs.map(quotedName).join(', ')] as const]
      : []),
  ]
}

function plannedServerText({ settings, row }: AddPlan): string {
  const given = serverText(settings)
  return row.isOtherSpelling ? `${given} (stored already, as ${serverText(row.settings)})` : given
}

function passwordText({ settings, row }: AddPlan): string {
  if (settings.password === null) return 'none'
  if (row.isStoredPassword) return 'the stored one'
  const { passwordSharedWith: others } = row
  return others.length === 0 ? 'given' : `given; it replaces the stored one, ${alsoFor(others)}`
}

function sslModeText({ settings, row }: AddPlan): string {
  const proved = settings.sslmode
  const stored = row.settings.sslmode
  const mode = proved === stored ? proved : `${proved}; Mathesar uses ${stored}`
  const { sslmode } = row
  if (sslmode === null || sslmode.sharedWith.length === 0) return mode
  return `${mode}; it replaces ${sslmode.before}, ${alsoFor(sslmode.sharedWith)}`
}

/** So many names fit into a row of the plan. */
const MOST_NAMES = 3

/** Returns which other stored databases a change concerns, as in `also for "one" and "two"`. */
function alsoFor(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map(quotedName)
  const rest = names.length - shown.length
  return `also for ${listed(rest > 0 ? [...shown, `${rest} more`] : shown)}`
}

/** Returns who gets access, and who loses another role for it. */
function accessText(role: string, { users, moved }: NonNullable<AddPlan['row']['access']>): string {
  if (users.length === 0) return 'as they are'
  return listed(
    users.map((user) => {
      const before = moved.find((access) => access.user === user)
      return before ? `${user} (as "${role}" instead of "${before.role}")` : user
    }),
  )
}

/** Only the server counts what the SQL of a release creates: a function of it may create others. */
function plannedObjects({ name }: { name: string }, objects: number): string {
  return name === 'release' ? 'the SQL of the release' : quantity(objects, 'object')
}

function plannedSchemasText(plan: AddPlan): string {
  const { schemaAction, schemaOwner, release, source } = plan
  switch (schemaAction) {
    case 'none':
      return registeredSchemasText(plan)
    case 'install':
      return `${plannedObjects(source, source.objects)} will be installed (${sourceText(source)})`
    case 'complete':
      return `those that are there are kept, the missing ones will be installed (${sourceText(source)})`
    case 'upgrade':
      return upgradedSchemasText(plan)
    case 'replace':
    case 'switch':
      return `those that are there will be replaced (${sourceText(source)})`
    case 'keep':
      return 'installed already; left as they are'
    case 'adopt':
      return `those of ${releasesText(release)} (owner ${schemaOwner ?? 'unknown'}); left as they are`
  }
}

/** The SQL of a release may take the place of any other, so it matters which that is. */
function upgradedSchemasText({ schemaBefore, source }: AddPlan): string {
  if (source.name === 'bundled' || schemaBefore === null) {
    return `those that are there will be upgraded in place (${sourceText(source)})`
  }
  const { source: name, version, release } = schemaBefore
  const before = version === null ? releasesText(release) : `${name} ${version}`
  return `those of ${before} will be upgraded to ${sourceText(source)}`
}

function registeredSchemasText({ schemaOwner, awaitsInstall }: AddPlan): string {
  if (awaitsInstall) return "not installed here; Mathesar asks for the role's login, then installs its own"
  return schemaOwner === null ? 'not installed' : `left as they are (owner ${schemaOwner})`
}

/**
 * Writes what an add did, as one JSON document or for people.
 *
 * @param internalDatabase where the credentials are stored
 */
export function showAdded(result: AddDatabaseResult, internalDatabase: string, terminal: Terminal): void {
  if (terminal.isJson) {
    terminal.document('db add', { ...result, ...terminal.collected() })
    return
  }
  const { green } = terminal.style
  const name = quotedName(result.name)
  switch (result.status) {
    case 'planned':
      terminal.info(
        `Every check passed. Nothing was changed; without --dry-run this would ${plannedText(result)}.`,
      )
      return
    case 'unchanged':
      terminal.info(`${name} is stored already, with the same values. Nothing was changed.`)
      return
    case 'updated':
      terminal.info(`${green('Updated')} ${name}: ${updatedText(result)}.`)
      showAccessChanges(result, terminal)
      showShared(result, terminal)
      return
    case 'added': {
      terminal.info(
        `${green('Added')} ${name} in ${(result.durationMs / 1000).toFixed(1)} s. ` +
          `${addedSchemasText(result)}`,
      )
      showAccess(result, terminal)
      showShared(result, terminal)
      if (result.awaitsInstall) terminal.info(AWAITS_INSTALL)
      showToCopy('Stored in the internal database:', internalDatabase, terminal)
      const test = `mathesarctl db test ${shellWord(result.name)}`
      showToCopy('Check it at any time with:', repeatedCommand(test), terminal)
    }
  }
}

/** What the operator does next where Mathesar installs its SQL. */
const AWAITS_INSTALL =
  "Mathesar lists the database. It asks for the role's login again before it installs its SQL in it."

function showAccess({ access }: AddDatabaseResult, terminal: Terminal): void {
  if (!access) return
  const users = listed(access.map(({ user }) => quotedName(user)))
  terminal.info(`${access.length === 1 ? 'The user' : 'The users'} of Mathesar who can use it: ${users}.`)
}

/** Writes who uses the database as which role from now on, and as which one until now. */
function showAccessChanges({ accessChanges = [] }: AddDatabaseResult, terminal: Terminal): void {
  const [first] = accessChanges
  if (first === undefined) return
  const users = accessChanges.map(({ user, before }) =>
    before === null ? quotedName(user) : `${quotedName(user)} (until now: ${quotedName(before)})`,
  )
  terminal.info(
    `${users.length === 1 ? 'This user' : 'These users'} of Mathesar now ${users.length === 1 ? 'uses' : 'use'} ` +
      `it as role ${quotedName(first.role)}: ${listed(users)}.`,
  )
}

/** Writes which other stored databases the run changed. */
function showShared({ passwordSharedWith, sslmodeSharedWith }: AddDatabaseResult, terminal: Terminal): void {
  if (passwordSharedWith) terminal.info(`The password was replaced ${alsoFor(passwordSharedWith)}.`)
  if (sslmodeSharedWith) terminal.info(`The TLS mode was changed ${alsoFor(sslmodeSharedWith)}.`)
}

function updatedText({ updated, schemaAction, schema }: AddDatabaseResult): string {
  const objects = quantity(schema?.objects ?? 0, 'object')
  const done = schemaAction === 'none' ? undefined : DONE[schemaAction]
  return updated
    .map((field) => (field === 'schemas' ? `Mathesar schemas (${done ?? 'kept'}, ${objects})` : field))
    .join(', ')
}

/** What an update did with the schemas. */
const DONE: Partial<Record<SchemaAction, string>> = {
  install: 'installed',
  complete: 'completed',
  upgrade: 'upgraded',
  replace: 'replaced',
  switch: 'replaced',
}

/** Writes a sentence and a text to copy: on a line of its own if both do not fit into one. */
function showToCopy(sentence: string, text: string, terminal: Terminal): void {
  const width = stderrWidth()
  const line = `${sentence} ${printable(text, false)}`
  const fits = width === null || stringWidth(line) <= width
  terminal.info(fits ? line : hintText(toRun(sentence, text), (sentenceLine) => sentenceLine), {
    isWhole: true,
  })
}

function addedSchemasText({ schemaAction, schema, createdDatabase }: AddDatabaseResult): string {
  const created = createdDatabase ? 'The database was created. ' : ''
  if (schemaAction === 'none' || schema === null) return `${created}Nothing was installed in the database.`
  if (schemaAction === 'adopt') {
    const { release } = schema
    const whose = release === null ? '' : ` (those of ${releasesText(release)})`
    return `${created}The Mathesar schemas that were there${whose} were left untouched.`
  }
  if (schemaAction === 'keep') {
    return `${created}The Mathesar schemas were installed already (${schema.version}).`
  }
  const objects = quantity(schema.objects, 'object')
  if (schemaAction === 'upgrade') {
    return `The Mathesar schemas that were there were upgraded to ${schema.source} ${schema.version} (${objects}).`
  }
  if (schemaAction === 'complete') {
    return (
      'The Mathesar schemas that were missing were installed, and those that were there kept; together ' +
      `they have ${objects}.`
    )
  }
  return `${created}${objects} ${schema.objects === 1 ? 'is' : 'are'} installed in the Mathesar schemas.`
}

/** What an install does where schemas are there already. */
const VERBS: Partial<Record<SchemaAction, string>> = {
  replace: 'replace the Mathesar schemas with',
  switch: 'replace the Mathesar schemas with',
  upgrade: 'upgrade the Mathesar schemas to',
}

/** Returns what an add would do, as the end of a sentence. */
function plannedText({ schemaAction, schema, createsDatabase }: AddDatabaseResult): string {
  const create = createsDatabase ? 'create the database, ' : ''
  const store = 'store the credentials'
  if (schemaAction === 'none' || schema === null) return `${create}${store}, and install nothing`
  if (schemaAction === 'adopt') return `leave the Mathesar schemas that are there untouched, and ${store}`
  if (schemaAction === 'keep') return store
  if (schemaAction === 'complete') {
    return (
      'keep the Mathesar schemas that are there, install the missing ones ' +
      `(${schema.source} ${schema.version}) and ${store}`
    )
  }
  const verb = VERBS[schemaAction] ?? 'install'
  const objects = plannedObjects({ name: schema.source }, schema.objects)
  return `${create}${verb} ${objects} (${schema.source} ${schema.version}) and ${store}`
}
