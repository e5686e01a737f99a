import { releasesText, remainsText } from '../../databases/interface/mathesar-state.ts'
import type { SchemaStatusResult } from '../../databases/schema.ts'
import { toRun } from '../../hint.ts'
import type { SchemaStatus } from '../../schema/types.ts'
import { repeatedCommand } from '../settings/repeated-flags.ts'
import type { Terminal } from '../terminal.ts'
import { grouped, quantity } from './quantity.ts'
import { summary } from './summary.ts'
import { table } from './table.ts'

/** Writes the status of the Mathesar schemas of a database, and below it what was changed in them. */
export function showStatus(status: SchemaStatusResult, terminal: Terminal): void {
  if (status.state === 'absent') {
    terminal.result('The database has no Mathesar schemas.')
    return
  }
  terminal.result(summary(statusRows(status), { width: terminal.columns, style: terminal.resultStyle }))
  if (status.hstoreCasts.length > 0) {
    const { message, hint } = hstoreCastsWarning(status.hstoreCasts)
    terminal.warn(message, hint)
  }
  if (status.drift.length === 0) return
  terminal.result('')
  terminal.result(
    table(
      [
        { heading: 'CHANGE', isWhole: true },
        { heading: 'OBJECT', isCutInMiddle: true },
      ],
      status.drift.map(({ change, object }) => [change, object]),
      { width: terminal.columns, style: terminal.resultStyle },
    ),
  )
}

/** Returns the rows for a database that has any of the schemas. */
function statusRows(status: SchemaStatusResult): [label: string, value: string][] {
  const { staleRecord, typesOnly, drift, source } = status
  return [
    ['state', stateText(status)],
    ['source', source ?? 'not installed by mathesarctl'],
    ['version', status.version ?? (status.state === 'foreign' ? releasesText(status.release) : 'unknown')],
    ['checksum', status.checksum ?? '-'],
    ...(staleRecord === null
      ? []
      : [
          [
            'record',
            `out of date: ${staleRecord.source} ${staleRecord.version} was installed here before`,
          ] satisfies [string, string],
        ]),
    ...(typesOnly ? [['schemas', 'mathesar_types only'] satisfies [string, string]] : []),
    ['objects', grouped(status.objects)],
    ...comparisonRows(status),
    ...(status.dropped > 0
      ? [['dropped', quantity(status.dropped, 'object')] satisfies [string, string]]
      : []),
    ['drift', source === null ? 'unknown' : drift.length === 0 ? 'none' : quantity(drift.length, 'object')],
  ]
}

/** Only a record of ours shows which SQL was installed. */
function comparisonRows({ comparedWith, ...status }: SchemaStatusResult): [label: string, value: string][] {
  if (comparedWith === undefined) return []
  const { source, version, isInstalled } = comparedWith
  const sql = `${source} ${version}`
  if (status.state === 'foreign')
    return [['compared', `unknown whether this is exactly ${sql}, as no record of mathesarctl says it`]]
  return [['compared', `${isInstalled ? 'this is exactly' : 'this is not'} ${sql}`]]
}

function stateText({ state, installed, remains, release }: SchemaStatus): string {
  switch (state) {
    case 'absent':
      return 'not installed'
    case 'ours':
      return installed
        ? 'installed'
        : `incomplete: complete it with "${repeatedCommand('mathesarctl schema install')}"`
    case 'foreign':
      return `installed by ${releasesText(release)}`
    case 'remains':
      return (
        'not usable: ' +
        `${remainsText({ kind: 'remains', record: null, of: remains ?? 'parts', releases: release })}`
      )
  }
}

/** Warns that no later release knows casts from hstore, with the statement that drops them. */
function hstoreCastsWarning(casts: readonly string[]): { message: string; hint: string } {
  return {
    message:
      `mathesar_types has ${quantity(casts.length, 'cast')} from hstore that Mathesar 0.1 left: ` +
      `because of ${casts.length === 1 ? 'it' : 'them'} the removal by a later Mathesar fails.`,
    hint: toRun(
      '"mathesarctl schema remove" drops them too. To drop only these casts:',
      `DROP FUNCTION ${casts.join(', ')};`,
    ),
  }
}
