import type { SealedValue } from '../sealed.ts'
import type { Query } from './types.ts'

/** Tables with encrypted values in an internal database on PostgreSQL. */
export interface SealedTable {
  /** Their names, qualified and quoted, in the order in which they are locked. */
  tables: readonly string[]
  read(query: Query): Promise<SealedRows>
}

/** What was read of them. */
export interface SealedRows {
  values: readonly SealedValue[]
  /** Writes what replaces the values, in their order; `null` keeps one. */
  write(query: Query, replaced: readonly (string | null)[]): Promise<void>
}

/**
 * Returns the operations in the schema `mathesarctl`.
 *
 * @param isUsed the store uses that journal
 */
export function sealedOperations(isUsed: boolean): SealedTable {
  const other = isUsed ? {} : { otherJournal: 'database' as const }
  return {
    tables: ['mathesarctl.operation'],
    async read(query) {
      const rows = await query<{ id: string; name: string; text: string }>(
        'SELECT o.id, o.name, o.settings AS text FROM mathesarctl.operation AS o ORDER BY o.id',
      )
      return {
        values: rows.map(({ id, name, text }) => ({ kind: 'operation', id, name, ...other, text })),
        async write(rewrite, replaced) {
          const changed = rows.flatMap(({ id }, at) => {
            const settings = replaced[at] ?? null
            return settings === null ? [] : [{ id, settings }]
          })
          if (changed.length === 0) return
          await rewrite(
            `UPDATE mathesarctl.operation AS o SET settings = n.settings
             FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS n(id text, settings text) WHERE o.id = n.id`,
            [JSON.stringify(changed)],
          )
        },
      }
    },
  }
}
