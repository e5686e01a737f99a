import stringWidth from 'string-width'
import type { AddDatabaseResult, AddPlan } from '../../../../databases/add/index.ts'
import type { SchemaAction } from '../../../../databases/choose-action.ts'
import { releasesText } from '../../../../databases/interface/mathesar-state.ts'
import { toRun } from '../../../../hint.ts'
import { serverText } from '../../../render/database.ts'
import { hintText } from '../../../render/hint.ts'
import { printable, quotedName } from '../../../render/printable.ts'
import { quantity } from '../../../render/quantity.ts'
import { stderrWidth } from '../../../render/stderr-width.ts'
import { shellWord } from '../../../shell-words.ts'
import type { Terminal } from '../../../terminal.ts'

/** Returns the rows of the summary before the confirmation. */
export function planRows(plan: AddPlan): (readonly [label: string, value: string])[] {
  const { settings } = plan
  return [
    ['Name', plan.name],
    ['Server', serverText(settings)],
    ['Database', settings.database + (plan.createsDatabase ? ' (will be created)' : '')],
    ['Role', settings.user],
    ['Password', passwordText(plan)],
    ['TLS mode', settings.sslmode],
    ['Schemas', plannedSchemasText(plan)],
    ...(plan.alsoStoredAs.length > 0
      ? [['Also stored as', plan.alsoStoredAs.map(quotedName).join(', ')] as const]
      : []),
  ]
}

function passwordText({ settings, update }: AddPlan): string {
  if (settings.password === null) return 'none'
  return update?.keepsPassword ? 'the stored one' : 'given'
}

function plannedSchemasText(plan: AddPlan): string {
  const { schemaAction, schemaOwner, release, source } = plan
  switch (schemaAction) {
    case 'none':
      return registeredSchemasText(plan)
    case 'install':
      return `${quantity(source.objects, 'object')} will be installed (${source.name} ${source.version})`
    case 'complete':
      return `those that are there are kept, the missing ones will be installed (${source.name} ${source.version})`
    case 'upgrade':
      return `those that are there will be upgraded in place (${source.name} ${source.version})`
    case 'replace':
    case 'switch':
      return `those that are there will be replaced (${source.name} ${source.version})`
    case 'keep':
      return 'installed already; left as they are'
    case 'adopt':
      return `those of ${releasesText(release)} (owner ${schemaOwner ?? 'unknown'}); left as they are`
  }
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
      return
    case 'added':
      terminal.info(
        `${green('Added')} ${name} in ${(result.durationMs / 1000).toFixed(1)} s. ` +
          `${addedSchemasText(result)}`,
      )
      if (result.awaitsInstall) terminal.info(AWAITS_INSTALL)
      showToCopy('Stored in the internal database:', internalDatabase, terminal)
      showToCopy('Check it at any time with:', `mathesarctl db test ${shellWord(result.name)}`, terminal)
  }
}

/** What the operator does next where Mathesar installs its SQL. */
const AWAITS_INSTALL =
  "Mathesar lists the database. It asks for the role's login again before it installs its SQL in it."

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
  return `${create}${verb} ${quantity(schema.objects, 'object')} (${schema.source} ${schema.version}) and ${store}`
}
