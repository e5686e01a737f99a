import { quoteLiteral } from '../../postgres/quote.ts'

/**
 * The settings of relations and columns that the manual documents, by what they are set on. The catalog may hold more: a server
 * keeps records of its own there (since November 2026 `pg_attver` of every column), which no command accepts everywhere, and
 * which are none of a user's. Those are not carried.
 */

/** ALTER TABLE ... ALTER COLUMN ... SET (...): of tables, foreign tables and materialized views; views have none. */
const COLUMN = 'n_distinct|n_distinct_inherited'

/** CREATE VIEW. */
const VIEW = 'check_option|security_barrier|security_invoker'

/** CREATE TABLE, "Storage Parameters", whose families grow with each release. */
const HEAP =
  '(toast[.])?(fillfactor|toast_tuple_target|parallel_workers|user_catalog_table|autovacuum_[a-z_]+|vacuum_[a-z_]+|log_auto[a-z_]+)'

/** CREATE INDEX, "Index Storage Parameters", by access method. */
const INDEX = {
  btree: 'fillfactor|deduplicate_items',
  hash: 'fillfactor',
  gist: 'fillfactor|buffering',
  spgist: 'fillfactor',
  gin: 'fastupdate|gin_pending_list_limit',
  brin: 'pages_per_range|autosummarize',
} as const

const named = (setting: string, names: string) => `${setting} ~ ${quoteLiteral(`^(${names})=`)}`

/** A condition: a setting, an expression like `name=value`, of a column of a relation of this relkind is a user's own. */
export function isColumnSetting(setting: string, relkind: string): string {
  return `(${relkind} <> 'v' AND ${named(setting, COLUMN)})`
}

/** A condition: the same for a setting of a view, or of a materialized view with the access method of this name. */
export function isViewSetting(setting: string, relkind: string, method: string): string {
  return `CASE WHEN ${relkind} = 'v' THEN ${named(setting, VIEW)}
      WHEN ${method} = 'heap' THEN ${named(setting, HEAP)} ELSE true END`
}

/** A condition: the same for an index. What an extension's access method sets is its own affair, and is carried. */
export function isIndexSetting(setting: string, method: string): string {
  const cases = Object.entries(INDEX).map(
    ([name, names]) => `WHEN ${quoteLiteral(name)} THEN ${named(setting, names)}`,
  )
  return `CASE ${method} ${cases.join(' ')} ELSE true END`
}
