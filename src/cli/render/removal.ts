import { identifierText, inClearingOrder, placeOf } from '../../databases/interface/dependents.ts'
import type { ConvertedColumn, Dependent, RemovalSurvey } from '../../schema/types.ts'
import { listed } from './listed.ts'
import { printable } from './printable.ts'
import { byteSize, grouped, quantity } from './quantity.ts'

/** Describes what a removal of the Mathesar schemas would do, for a person who has to choose. */

type Cost = Pick<RemovalSurvey, 'convert' | 'cascade' | 'dependents'>

/** Describes what converting does. */
export function convertText({ convert, dependents }: Cost): string {
  const { columns, rewrittenTables, rewrittenBytes, rebuiltIndexes, lockedRelations, rebuiltObjects } =
    convert
  const rows = rowsText(convert.rows, dependents)
  const effects = [
    rewrittenTables === 0
      ? 'no table is rewritten'
      : `${quantity(rewrittenTables, 'table')} (${byteSize(rewrittenBytes)}) ${are(rewrittenTables)} ` +
        'rewritten',
    ...(rebuiltIndexes > 0
      ? [
          `${quantity(rebuiltIndexes, 'index', 'indexes')} (${byteSize(convert.rebuiltIndexBytes)}) ` +
            `${are(rebuiltIndexes)} rebuilt`,
        ]
      : []),
    lockedText(lockedRelations),
    ...(rebuiltObjects > 0 ? [`${quantity(rebuiltObjects, 'object')} ${are(rebuiltObjects)} recreated`] : []),
  ]
  const change =
    columns === 0
      ? 'No column changes its type'
      : `${quantity(columns, 'column changes to a plain type', 'columns change to plain types')}, and ` +
        `the values of ${rows} are kept and checked`
  return `${change}: ${effects.join(', ')}.`
}

/** So many names fit into a sentence. */
const NAMED = 12

/** Names the objects that a conversion recreates, after what happens or happened to them. */
export function recreatedText(done: string, objects: readonly string[]): string {
  const named = objects.slice(0, NAMED).map((object) => printable(object, false))
  const rest = objects.length - named.length
  return `${done}: ${listed(rest > 0 ? [...named, `${rest} more`] : named)}.`
}

/** Describes what cascading does. */
export function cascadeText({ cascade, dependents }: Cost): string {
  const { columns, rows, objects, lockedRelations } = cascade
  const others = objects - columns
  const counts = [
    ...(columns > 0
      ? [`${quantity(columns, 'column')} with the values of ${rowsText(rows, dependents)}`]
      : []),
    ...(others > 0 ? [quantity(others, columns > 0 ? 'other object' : 'object')] : []),
  ]
  return (
    `${counts.join(' and ')} ${objects === 1 ? 'is' : 'are'} dropped for good; ` +
    `${lockedText(lockedRelations)}.`
  )
}

/**
 * Describes what keeping the types does; the survey has the dependents that would then still be in the way.
 */
export function keepTypesText({ dependents }: Pick<RemovalSurvey, 'dependents'>): string {
  const rest =
    dependents.length === 0
      ? ''
      : ` ${capital(countText(dependents))} ${dependents.length === 1 ? 'uses' : 'use'} msar or __msar ` +
        'and would still be in the way; the next question is about that.'
  return (
    'The removal drops only msar and __msar. mathesar_types stays, and nothing that uses it ' +
    `changes.${rest}`
  )
}

/** Describes what a removal did, or of a rehearsal what it would do, one object a line. */
export function removalLines(
  result: { converted: readonly ConvertedColumn[]; dropped: readonly string[] },
  { isRehearsal }: { isRehearsal: boolean } = { isRehearsal: false },
): string[] {
  const [converted, dropped] = isRehearsal ? ['would convert', 'would drop'] : ['converted', 'dropped']
  return [
    ...result.converted.map(({ schema, relation, column, type, newType }) => {
      const place = [schema, relation, column].map(identifierText).join('.')
      return type === newType
        ? `${converted} ${place}, whose type ${type} consists of plain types ${isRehearsal ? 'then' : 'now'}`
        : `${converted} ${place} from ${type} to ${newType}`
    }),
    ...result.dropped.map((object) => `${dropped} ${object}`),
  ].map((line) => printable(line, false))
}

/** Describes what a removal would do, as the end of a sentence; `alsoRemoved` goes beside the schemas. */
export function plannedText(
  { converted, dropped }: { converted: readonly ConvertedColumn[]; dropped: readonly string[] },
  alsoRemoved: readonly string[],
): string {
  const schemas = dropped.filter((object) => object.startsWith('schema '))
  const others = dropped.length - schemas.length
  return [
    ...(converted.length > 0 ? [`convert ${quantity(converted.length, 'column')}`] : []),
    ...(others > 0
      ? [`drop ${quantity(others, 'object that depends', 'objects that depend')} on the schemas`]
      : []),
    `remove ${listed([...schemas, ...alsoRemoved].map((name) => printable(name, false)))}`,
  ].join(', then ')
}

/**
 * Returns the place of a dependent: of a column its name, of an object with a name of its own the relation
 * too.
 */
export function placeText(dependent: Dependent): string {
  return dependent.name ? `${identifierText(dependent.name)} on ${placeOf(dependent)}` : placeOf(dependent)
}

/** Counts dependents, as the subject of a sentence: `3 columns of 2 tables and 1 other object`. */
export function countText(dependents: readonly Dependent[]): string {
  const columns = dependents.filter(isColumn)
  const others = dependents.length - columns.length
  const counts = [
    ...(columns.length > 0 ? [columnsText(columns)] : []),
    ...(others > 0 ? [quantity(others, columns.length > 0 ? 'other object' : 'object')] : []),
  ]
  return counts.join(' and ')
}

/** `3 columns of 2 tables`. */
function columnsText(columns: readonly Dependent[]): string {
  const tables = new Set(columns.map(({ schema, relation }) => JSON.stringify([schema, relation]))).size
  return `${quantity(columns.length, 'column')} of ${quantity(tables, 'table')}`
}

function isColumn({ kind }: Dependent): boolean {
  return kind === 'column' || kind === 'generated column'
}

/**
 * Returns the statements that clear the way for a conversion, one a line to copy. If none is known, the
 * line is an SQL comment. Empty where everything can be converted.
 */
export function remedyLines(dependents: readonly Dependent[]): string[] {
  const lines = inClearingOrder(dependents)
    .filter(({ refusesConvert }) => refusesConvert)
    .map((dependent) =>
      printable(
        dependent.remedy ?? `-- ${dependent.kind} ${placeText(dependent)}: change or drop it by hand`,
        false,
      ),
    )
  return [...new Set(lines)]
}

/** Returns what can't be converted and why, one object a line. */
export function refusalLines(refused: readonly Dependent[]): string[] {
  return refused.map((dependent) =>
    printable(`  ${dependent.kind} ${placeText(dependent)} ${dependent.effects.convert}`, false),
  )
}

/** What stands above the statements of `remedyLines`. */
export const REMEDY_HEADING = 'This would clear the way:'

/** What an operator has to know before running one of the statements of `remedyLines`. */
export const REMEDY_WARNING =
  'Before you run a DROP, save the definition of what it drops (pg_dump --schema-only), so that you can ' +
  'create it again on plain types after the removal.'

/** `34,000 rows`; `about` if some of them are estimated. */
function rowsText(rows: number, dependents: readonly Dependent[]): string {
  const isEstimate = dependents.some((dependent) => dependent.rows !== null && !dependent.counted)
  return `${isEstimate ? 'about ' : ''}${grouped(rows)} ${rows === 1 ? 'row' : 'rows'}`
}

/** Counts the relations outside the Mathesar schemas alone: nobody misses those inside. */
function lockedText(relations: number): string {
  return relations === 0
    ? 'no relation outside the Mathesar schemas is locked'
    : `${quantity(relations, 'relation')} outside the Mathesar schemas ${are(relations)} locked meanwhile`
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
