import type { ChalkInstance } from 'chalk'
import stringWidth from 'string-width'
import { toRun } from '../../hint.ts'
import type { Dependent } from '../../schema/types.ts'
import { shellWord } from '../shell-words.ts'
import { hintText } from './hint.ts'
import { printable } from './printable.ts'
import { grouped } from './quantity.ts'
import { placeText } from './removal.ts'
import type { Column } from './table.ts'
import { wholeRows, wholeTable } from './whole-table.ts'
import { wrap } from './wrap.ts'

interface Options {
  /** Columns of the terminal; `null` (no terminal): each dependent has one line. */
  width: number | null
  style: ChalkInstance
  /** Whether to add what each strategy would do; `true` by default. */
  effects?: boolean
  whole: WholeSource
}

const PLACE: Column = { heading: 'OBJECT' }
const KIND: Column = { heading: 'KIND' }
const TYPE: Column = { heading: 'TYPE' }
const REFERENCE: Column = { heading: 'REFERS TO' }
const ROWS: Column = { heading: 'ROWS', isRightAligned: true }

/** A table, and lines about what it leaves out, broken to fit; `null` if it leaves nothing out. */
interface LaidOut {
  text: string
  omission: string | null
}

/**
 * Who can print everything, for a sentence about what a table leaves out: the same command with --json, the
 * command `schema dependents` for a stored database, or nobody, where only a wider terminal helps.
 */
export type WholeSource = { kind: 'same command' } | { kind: 'stored'; name: string } | { kind: 'none' }

/** Returns the source for a dialogue, in which the same command with --json prints no dependents. */
export function dialogueSource(stored: string | null): WholeSource {
  return stored === null ? { kind: 'none' } : { kind: 'stored', name: stored }
}

/** Returns the table of `layOutDependents` alone. */
export function dependentsTable(dependents: readonly Dependent[], options: Omit<Options, 'whole'>): string {
  return layOutDependents(dependents, { ...options, whole: { kind: 'none' } }).text
}

/**
 * Returns a table of the dependents of the Mathesar schemas, one a line. It cuts no name, because operators
 * consent to what it lists. On a terminal that is too narrow, the column of the types is left out, and the
 * effects of the strategies stand on a line below, with a type that REFERS TO does not show.
 */
export function layOutDependents(dependents: readonly Dependent[], options: Options): LaidOut {
  const { width, style, effects = true, whole } = options
  const wide = wholeTable(
    [
      PLACE,
      KIND,
      TYPE,
      REFERENCE,
      ROWS,
      ...(effects ? [{ heading: 'CONVERT' }, { heading: 'CASCADE' }] : []),
    ],
    dependents.map((dependent) => [
      placeText(dependent),
      dependent.kind,
      dependent.type ?? '-',
      dependent.reference,
      rowsCell(dependent),
      ...(effects ? [dependent.effects.convert, dependent.effects.cascade] : []),
    ]),
    { style },
  )
  if (width === null || wide.split('\n').every((line) => stringWidth(line) <= width))
    return { text: wide, omission: null }
  const { heading, rows } = wholeRows(
    [PLACE, KIND, REFERENCE, ROWS],
    dependents.map((dependent) => [
      placeText(dependent),
      dependent.kind,
      isReferenceInType(dependent) ? (dependent.type ?? '') : dependent.reference,
      rowsCell(dependent),
    ]),
    { width, style },
  )
  const below = (dependent: Dependent | undefined) =>
    dependent ? detailLines(dependent, { width, style, effects }) : []
  return {
    text: [heading, ...rows.flatMap((row, index) => [row, ...below(dependents[index])])].join('\n'),
    omission: dependents.some(({ type }) => type !== null) ? omissionText(whole, width) : null,
  }
}

function omissionText(whole: WholeSource, width: number): string {
  const text = `This terminal is too narrow for: TYPE. ${wholeSourceText(whole)}`
  return hintText(text, (line) => wrap(line, width, '  '))
}

function wholeSourceText(whole: WholeSource): string {
  switch (whole.kind) {
    case 'same command':
      return 'The same command with --json prints everything.'
    case 'stored':
      return toRun('To print everything:', `mathesarctl schema dependents ${shellWord(whole.name)} --json`)
    case 'none':
      return 'A wider one shows everything.'
  }
}

/** Returns the number of rows; `~` marks an estimate. */
function rowsCell({ rows, counted }: Dependent): string {
  if (rows === null) return '-'
  return counted ? grouped(rows) : `~${grouped(rows)}`
}

function isReferenceInType({ type, reference }: Dependent): boolean {
  return type?.includes(reference) === true
}

/** Returns what stands below the row of a dependent; nothing if its row states everything. */
function detailLines(
  dependent: Dependent,
  { width, style, effects: hasEffects }: { width: number; style: ChalkInstance; effects: boolean },
): string[] {
  const { type, effects } = dependent
  const details = [
    ...(type === null || isReferenceInType(dependent) ? [] : [`type: ${type}`]),
    ...(hasEffects ? [`convert: ${effects.convert}`, `cascade: ${effects.cascade}`] : []),
  ].map((part) => printable(part, false))
  if (details.length === 0) return []
  const line = `  ${details.join('; ')}`
  const lines = stringWidth(line) <= width ? [line] : details.map((part) => wrap(`  ${part}`, width, '  '))
  return [style.dim(lines.join('\n'))]
}
