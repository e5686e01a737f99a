import type { DatabaseTest } from '../../databases/test.ts'
import { hintToRepeat } from '../settings/repeated-flags.ts'
import type { Terminal } from '../terminal.ts'
import { schemaText } from './database.ts'
import { distinctNames } from './distinct-names.ts'
import { showFailures } from './failures.ts'
import { showTable } from './show-table.ts'

/** Writes a row for each test, and below the table the errors. */
export function showTests(tests: readonly DatabaseTest[], terminal: Terminal): void {
  if (tests.length === 0) {
    terminal.info(hintToRepeat('No database is stored yet. Add one with: mathesarctl db add'))
    return
  }
  const show = distinctNames(tests.map(({ name }) => name))
  showTable(
    [
      { heading: 'NAME', isCutInMiddle: true },
      { heading: 'RESULT', isWhole: true },
      { heading: 'POSTGRESQL', isWhole: true, rank: 3 },
      { heading: 'PRIVILEGES', isWhole: true, rank: 4 },
      { heading: 'CAN', isWhole: true, rank: 1 },
      { heading: 'SCHEMA', isWhole: true, rank: 2 },
    ],
    tests.map((test) => [
      show(test.name),
      test.error?.code ?? 'ok',
      test.serverVersion ?? '-',
      privilegesText(test.privileges),
      abilitiesText(test.abilities),
      schemaText(test.schema),
    ]),
    terminal,
  )
  showFailures(tests, terminal)
}

function privilegesText(privileges: DatabaseTest['privileges']): string {
  if (privileges === null) return '-'
  const held = Object.entries(privileges).flatMap(([name, has]) => (has ? [name] : []))
  return held.length === 0 ? 'none' : held.join(',')
}

const USES = ['connect', 'useSchemas', 'callFunctions', 'readTables', 'useTypes'] as const

/** Returns what the role can really do, in a few words. */
function abilitiesText(abilities: DatabaseTest['abilities']): string {
  if (abilities === null) return '-'
  const can = [
    ...(USES.every((ability) => abilities[ability]) ? ['use'] : []),
    ...(abilities.createTables ? ['tables'] : []),
    ...(abilities.createSchemas ? ['schemas'] : []),
  ]
  return can.length === 0 ? 'nothing' : can.join(',')
}
