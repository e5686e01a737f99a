import type { ChalkInstance } from 'chalk'
import type { Dependent } from '../../schema/types.ts'
import { table } from './table.ts'

/** What stands in the way of removing the Mathesar schemas, one a line. */
export function dependentsTable(
  dependents: readonly Dependent[],
  options: { width: number | null; style: ChalkInstance },
): string {
  return table(
    [
      { heading: 'RELATION' },
      { heading: 'COLUMN' },
      { heading: 'KIND' },
      { heading: 'TYPE' },
      { heading: 'REFERS TO' },
      { heading: 'ROWS', right: true },
    ],
    dependents.map((dependent) => [
      dependent.schema === null ? dependent.relation : `${dependent.schema}.${dependent.relation}`,
      dependent.column ?? '-',
      dependent.kind,
      dependent.type ?? '-',
      dependent.reference,
      dependent.rows === null ? '-' : String(dependent.rows),
    ]),
    options,
  )
}
