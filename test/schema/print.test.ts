import { it } from 'vitest'
import { installScript } from '../../src/schema/install/print.ts'
import { bundledSource } from '../../src/schema/sources/index.ts'
import { cutSql } from '../../src/schema/sources/pieces.ts'
import { expectGolden } from '../support/golden.ts'

/** The bundled source with one short topic, so that the golden files show what is printed around the SQL. */
const source = {
  ...bundledSource(),
  version: '1.2.3',
  checksum: 'c0ffee'.padEnd(64, '0'),
  parts: [{ name: 'the bundled SQL', ...cutSql('CREATE SCHEMA IF NOT EXISTS msar;') }],
}

it.each([
  ['print', false],
  ['print-replace', true],
] as const)('prints the script of %s with the expected statements around the SQL', (name, replace) => {
  expectGolden(`test/schema/golden/${name}.sql`, installScript(source, { replace }))
})
