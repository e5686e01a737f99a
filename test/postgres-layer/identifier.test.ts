import { expect, it } from 'vitest'
import { identifierText } from '../../src/postgres/identifier.ts'
import { sql } from '../support/database.ts'

const NAMES = ['people', '_x9', 'People', '9x', 'a b', 'a"b', 'ключ', 'x$', 'über', '', 'a\nb']

it('quotes every name that quote_ident quotes, keywords too, and in the same way', async () => {
  const rows = await sql<{ name: string; quoted: string; isKeyword: boolean }>(
    'postgres',
    `SELECT name, quote_ident(name) AS quoted, false AS "isKeyword" FROM unnest($1::text[]) name
      UNION ALL SELECT word, quote_ident(word), true FROM pg_get_keywords()`,
    [NAMES],
  )
  expect(rows.length).toBeGreaterThan(400)
  for (const { name, quoted, isKeyword } of rows) {
    // A later version may reserve a word that this one does not.
    if (isKeyword && quoted === name) expect([name, `"${name}"`]).toContain(identifierText(name))
    else expect(identifierText(name)).toBe(quoted)
  }
})
