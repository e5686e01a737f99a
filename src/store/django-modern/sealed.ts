import { compose } from '../../postgres/compose.ts'
import { quoteIdentifier } from '../../postgres/quote.ts'
import type { SealedTable } from '../django/sealed-table.ts'
import type { Layout, Query } from '../django/types.ts'
import type { SealedValue } from '../sealed.ts'
import sealedSql from './sealed.sql'
import { columnsOf } from './state.ts'

type RoleValue = [
  id: number,
  name: string,
  host: string,
  port: number | null,
  databases: string[] | null,
  password: string,
]

/** A download link, and the text of its jsonb column. */
type LinkValue = [id: number, options: string]

interface SealedRow {
  roles: RoleValue[] | null
  links: LinkValue[] | null
}

/**
 * The tokens in the text of a jsonb column: leaf values that are texts, and not the names of members. A quote
 * inside of a text has a backslash before it, and the text of a token needs none.
 */
const TOKEN_LEAF = /(?<!\\)"(gAAAAA[\w=-]*)"(?!\s*:)/g

/**
 * Returns the encrypted values of a Mathesar 0.2.0 or later: passwords of roles, options of download links.
 */
export function sealedRoles(layout: Layout): SealedTable {
  const columns = columnsOf(layout)
  const { schema } = columns
  const hasLinks = layout.tables.get('mathesar_downloadlink')?.has('fsspec_kwargs') === true
  const text = compose(sealedSql, { ...columns, links: hasLinks ? linksQuery(schema) : 'NULL' })
  return {
    tables: ['mathesar_configuredrole', ...(hasLinks ? ['mathesar_downloadlink'] : [])].map(
      (name) => `${schema}.${quoteIdentifier(name)}`,
    ),
    async read(query) {
      const [row] = await query<SealedRow>(text)
      return { values: valuesOf(row), write: (rewrite, replaced) => write(rewrite, schema, row, replaced) }
    },
  }
}

function linksQuery(schema: string): string {
  return `(SELECT pg_catalog.json_agg(pg_catalog.json_build_array(l.id, l.fsspec_kwargs::text) ORDER BY l.id)
    FROM ${schema}.mathesar_downloadlink AS l WHERE l.fsspec_kwargs IS NOT NULL)`
}

function valuesOf(row: SealedRow | undefined): SealedValue[] {
  const roles = (row?.roles ?? []).map(([id, name, host, port, databases, text]): SealedValue => {
    const server = port === null ? host : `${host}:${port}`
    return { kind: 'role', id: String(id), name: `${name}@${server}`, databases: databases ?? [], text }
  })
  const links = (row?.links ?? []).flatMap(([id, options]) =>
    [...options.matchAll(TOKEN_LEAF)].map(
      ([, text = '']): SealedValue => ({ kind: 'downloadLink', id: String(id), name: String(id), text }),
    ),
  )
  return [...roles, ...links]
}

async function write(
  query: Query,
  schema: string,
  row: SealedRow | undefined,
  replaced: readonly (string | null)[],
): Promise<void> {
  const passwords = (row?.roles ?? []).flatMap(([id], at) => {
    const password = replaced[at] ?? null
    return password === null ? [] : [{ id, password }]
  })
  let at = row?.roles?.length ?? 0
  const links = (row?.links ?? []).flatMap(([id, options]) => {
    const changed = options.replace(TOKEN_LEAF, (leaf) => {
      const token = replaced[at++] ?? null
      return token === null ? leaf : `"${token}"`
    })
    return changed === options ? [] : [{ id, options: changed }]
  })
  if (passwords.length > 0) {
    await query(
      `UPDATE ${schema}.mathesar_configuredrole AS r SET password = n.password
       FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS n(id integer, password text) WHERE r.id = n.id`,
      [JSON.stringify(passwords)],
    )
  }
  if (links.length > 0) {
    await query(
      `UPDATE ${schema}.mathesar_downloadlink AS l SET fsspec_kwargs = n.options::jsonb
       FROM pg_catalog.jsonb_to_recordset($1::jsonb) AS n(id integer, options text) WHERE l.id = n.id`,
      [JSON.stringify(links)],
    )
  }
}
