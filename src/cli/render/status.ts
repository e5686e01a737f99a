import { releasesText, remainsText } from '../../schema/inspect/remains.ts'
import type { SchemaStatus } from '../../schema/types.ts'
import { quantity } from './quantity.ts'

/** The rows of `schema status`, of a database that has any of the schemas. */
export function statusRows(status: SchemaStatus): [label: string, value: string][] {
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
    ['objects', String(status.objects)],
    ['drift', source === null ? 'unknown' : drift.length === 0 ? 'none' : quantity(drift.length, 'object')],
  ]
}

function stateText({ state, installed, remains, release }: SchemaStatus): string {
  switch (state) {
    case 'absent':
      return 'not installed'
    case 'ours':
      return installed ? 'installed' : 'incomplete: complete it with "mathesarctl schema install"'
    case 'foreign':
      return `installed by ${releasesText(release)}`
    case 'remains':
      return `not usable: ${remainsText({ kind: 'remains', record: null, of: remains ?? 'parts', releases: release })}`
  }
}

/** Says of casts from hstore that no later release knows them, and how they go. */
export function hstoreCastsWarning(casts: readonly string[]): { message: string; hint: string } {
  return {
    message: `mathesar_types has ${quantity(casts.length, 'cast')} from hstore that Mathesar 0.1 left: because of ${casts.length === 1 ? 'it' : 'them'} the removal by a later Mathesar fails.`,
    hint: `"mathesarctl schema remove" knows them. To drop them alone: DROP FUNCTION ${casts.join(', ')};`,
  }
}
