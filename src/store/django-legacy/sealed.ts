import { quoteIdentifier } from '../../postgres/quote.ts'
import type { SealedTable } from '../django/sealed-table.ts'
import type { Layout } from '../django/types.ts'
import type { SealedValue } from '../sealed.ts'

type LegacyValue = [id: number, name: string, user: string, password: string]

/** Returns the encrypted values of a Mathesar 0.1.4 to 0.1.7: user names and passwords. */
export function sealedDatabases(layout: Layout): SealedTable {
  const table = `${quoteIdentifier(layout.schema)}.mathesar_database`
  return {
    tables: [table],
    async read(query) {
      const [row] = await query<{ databases: LegacyValue[] | null }>(
        `SELECT pg_catalog.json_agg(
           pg_catalog.json_build_array(d.id, d.name, d.username, d.password) ORDER BY d.id) AS databases
         FROM ${table} AS d`,
      )
      const databases = row?.databases ?? []
      return {
        values: databases.flatMap(([id, name, ...texts]) =>
          texts.map((text): SealedValue => ({ kind: 'database', id: String(id), name, text })),
        ),
        async write(rewrite, replaced) {
          const changed = databases.flatMap(([id, , user, password], at) => {
            const [newUser, newPassword] = replaced.slice(2 * at, 2 * at + 2)
            return (newUser ?? newPassword ?? null) === null
              ? []
              : [{ id, username: newUser ?? user, password: newPassword ?? password }]
          })
          if (changed.length === 0) return
          await rewrite(
            `UPDATE ${table} AS d SET username = n.username, password = n.password
             FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS n(id integer, username text, password text)
             WHERE d.id = n.id`,
            [JSON.stringify(changed)],
          )
        },
      }
    },
  }
}
