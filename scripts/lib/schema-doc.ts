/**
 * docs/schema.md: what an install puts into a user database, for the operators who must review it. Everything is read off
 * the SQL: the head of each file, and of each object the first sentence of the comment above it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { countObjects, splitStatements } from '../../src/schema/sources/statements.ts'

const directory = join(dirname(fileURLToPath(import.meta.url)), '../../src/schema/sql')

/** One file of the bundled SQL. */
export interface SqlFile {
  /** Such as `12_uri.sql`. */
  name: string
  sql: string
}

/** An object as the document lists it. */
interface Described {
  schema: string
  kind: 'function' | 'aggregate' | 'type' | 'table'
  name: string
  /** What stands between the parentheses. */
  args: string
  returns: string | null
  purpose: string
}

const ROUTINE =
  /\bCREATE(?: OR REPLACE)? (FUNCTION|AGGREGATE) ([\w"]+)\.([\w"]+) ?\(([^()]*)\)(?:\s*RETURNS ([\w."[\] ]+?)(?=\s*$|\s+LANGUAGE|\s+AS\b))?/m
const TYPE_OR_TABLE = /\bCREATE (DOMAIN|TYPE|TABLE)(?: IF NOT EXISTS)? (\w+)\.(\w+)\b/

/** The files of the bundled SQL, in install order. */
export function sqlFiles(): SqlFile[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ name, sql: readFileSync(join(directory, name), 'utf8') }))
}

/**
 * The document for these files, in install order. Throws where an object has no comment of its own, since it would then
 * be listed without a purpose.
 */
export function schemaDoc(files: readonly SqlFile[]): string {
  const total = files.reduce((sum, { sql }) => sum + countObjects(sql), 0)
  const parts = files.filter(({ sql }) => countObjects(sql) > 0).map(section)
  return `${head(total)}\n${parts.join('\n')}`
}

function head(total: number): string {
  return `# What lies in the Mathesar schemas

<!-- Written by \`npm run docs\` from the comments in src/schema/sql; a test fails where it lags behind. -->

\`mathesarctl db add\` and \`mathesarctl schema install\` put ${total} objects into three schemas of the user database:
\`mathesar_types\` (types, and casts to them), \`msar\` (functions that Mathesar calls) and \`__msar\` (parts of those). Nothing
is created outside the three schemas; no extension is needed, and no superuser.

- **Read it first.** \`mathesarctl schema print\` writes the exact SQL that an install runs: one transaction, safe to repeat.
- **Run it yourself.** \`mathesarctl schema print > mathesar.sql\`, then \`psql -X -v ON_ERROR_STOP=1 -f mathesar.sql\` as the role
  that shall own the schemas. It leaves what the command leaves, so \`db add\`, \`schema status\` and \`db remove\` know it.
- **See what changed since.** \`mathesarctl schema status\` names each object that was changed, dropped or added by hand.
- **Who may use it.** Functions run with the rights of their caller (none is SECURITY DEFINER). A role other than the owner
  needs \`GRANT USAGE ON SCHEMA msar, __msar, mathesar_types\`, and whatever its own commands need on its own tables.
- **What is kept.** An install over an earlier one drops no type and no table, and replaces functions in place: columns,
  indexes, views and defaults that use them stay as they are.
- Where the extension hstore is installed and its type found by the role's search_path, there are 7 more functions: the casts of
  hstore to the text-like types, \`email\` and \`uri\`.

PostgreSQL's own types are named as PostgreSQL prints them.
`
}

function section({ name, sql }: SqlFile): string {
  const title = name.replace(/^\d+_(.*)\.sql$/, '$1').replaceAll('_', ' ')
  const rows = rowsOf(splitStatements(sql).flatMap(({ text }) => describe(text, name)))
  return `
## ${title.charAt(0).toUpperCase()}${title.slice(1)}

${firstSentence(firstComment(sql))} ([${name}](../src/schema/sql/${name}))

| object | purpose |
| --- | --- |
${rows.join('\n')}
`
}

/** One row for each object; overloads with the same purpose and result share one. */
function rowsOf(objects: readonly Described[]): string[] {
  const rows = new Map<string, { left: string[]; right: string }>()
  for (const { schema, kind, name, args, returns, purpose } of objects) {
    const result = returns === null ? '' : ` → ${returns}`
    const left =
      kind === 'type' || kind === 'table'
        ? `${kind} \`${schema}.${name}\``
        : `${kind === 'aggregate' ? 'aggregate ' : ''}\`${schema}.${name}(${args})${result}\``
    const key = JSON.stringify([schema, kind, name, result, purpose])
    const row = rows.get(key) ?? { left: [], right: purpose }
    row.left.push(left)
    rows.set(key, row)
  }
  return [...rows.values()].map(({ left, right }) => `| ${left.join('<br>')} | ${cell(right)} |`)
}

function describe(statement: string, file: string): Described[] {
  const comment = lastComment(statement)
  const code = statement.slice(comment.end)
  const routine = ROUTINE.exec(code)
  const [, kind, schema, name, args, returns] = routine ?? []
  const other = routine ? null : TYPE_OR_TABLE.exec(code)
  const found =
    kind && schema && name
      ? { kind: kind === 'AGGREGATE' ? ('aggregate' as const) : ('function' as const), schema, name }
      : other?.[2] && other[3]
        ? {
            kind: other[1] === 'TABLE' ? ('table' as const) : ('type' as const),
            schema: other[2],
            name: other[3],
          }
        : null
  if (found === null) return []
  const purpose = purposeOf(comment.text.replace(`${found.schema}.${found.name}: `, ''))
  if (purpose === '') throw new Error(`${file}: ${found.schema}.${found.name} has no comment above it`)
  return [
    {
      ...found,
      args: plainTypes((args ?? '').replace(/\s+/g, ' ').trim()),
      returns: returns ? plainTypes(returns.trim()) : null,
      purpose: purpose.charAt(0).toUpperCase() + purpose.slice(1),
    },
  ]
}

/** The comment that ends right above the first line of code. */
function lastComment(statement: string): { text: string; end: number } {
  const lines = statement.split('\n')
  const first = lines.findIndex((line) => line.trim() !== '' && !line.startsWith('--'))
  let from = first
  while (from > 0 && lines[from - 1]?.startsWith('--')) from--
  return { text: commentText(lines.slice(from, first)), end: lines.slice(0, first).join('\n').length }
}

/** The comment at the head of a file, which is about all of it. */
function firstComment(sql: string): string {
  const lines = sql.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('--'))
  return commentText(lines.slice(0, end === -1 ? lines.length : end))
}

/** The first paragraph of a comment; that a file was generated concerns nobody who reads of what is in it. */
function commentText(lines: readonly string[]): string {
  const paragraphs = lines
    .map((line) => line.replace(/^-- ?/, '').trim())
    .join('\n')
    .split(/\n{2,}/)
    .map((paragraph) => paragraph.replaceAll('\n', ' ').trim())
  return paragraphs.find((paragraph) => paragraph !== '' && !paragraph.startsWith('Generated by')) ?? ''
}

/** What an object is for. That a cast casts its argument's type to another shows in its signature: what it does counts. */
function purposeOf(comment: string): string {
  const first = firstSentence(comment)
  return (/^Casts \S+( \S+)* to \S+( \S+)*[.]$/.test(first) && comment.slice(first.length).trim()) || first
}

function firstSentence(text: string): string {
  return /^.*?[.](?= |$)/.exec(text)?.[0] ?? text
}

/** Types as PostgreSQL prints them. */
function plainTypes(text: string): string {
  return text
    .replaceAll('pg_catalog.', '')
    .replace(/\bbool\b/g, 'boolean')
    .replace(/\bint4\b/g, 'integer')
    .replace(/\bint2\b/g, 'smallint')
    .replace(/\bint8\b/g, 'bigint')
    .replace(/\bfloat8\b/g, 'double precision')
    .replace(/\bfloat4\b/g, 'real')
    .replace(/\bbpchar\b/g, 'character')
    .replace(/\bvarchar\b/g, 'character varying')
    .replace(/\btimestamptz\b/g, 'timestamp with time zone')
    .replace(/\btimetz\b/g, 'time with time zone')
}

/** Text as a cell of a Markdown table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/[<>*_]/g, (mark) => `\\${mark}`)
}
