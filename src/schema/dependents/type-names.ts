import type { Graph } from './graph.ts'
import type { PlainTypes } from './plain-types.ts'

/** Names of types inside the schemas, as PostgreSQL prints them, with what takes their place. */
export type TypeNames = ReadonlyMap<string, string>

export function replacedNames(graph: Graph, types: PlainTypes): TypeNames {
  return new Map(
    graph.types.flatMap(({ oid, schema, bareName, inside, element }): [string, string][] => {
      const plain = inside && element === '0' ? types.newName(oid) : null
      return plain === null ? [] : [[`${schema}.${bareName}`, plain]]
    }),
  )
}

/** A lexical element of SQL as PostgreSQL prints it (manual, 4.1): strings, bodies, quoted names, words, a cast, anything else. */
const TOKEN =
  /[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*|::|\s+|[\s\S]/gu

/** Words after which a name is a value and not the name of a type, though they may stand behind a bracket or a comma. */
const RESERVED: ReadonlySet<string> = new Set(
  'ALL AND ANY ARRAY ASYMMETRIC BOTH BY CASE COLLATE DISTINCT ELSE EXCEPT FROM GROUP HAVING IN INTERSECT IS LATERAL LEADING LIKE LIMIT NOT OFFSET ON OR ORDER PLACING SELECT SOME SYMMETRIC THEN TRAILING UNION USING VARIADIC WHEN WHERE ROW VALUES RETURNING'.split(
    ' ',
  ),
)

/**
 * Puts plain types in the place of Mathesar's in a query, an expression or a command that PostgreSQL has printed with an
 * empty `search_path`, so that names of types are qualified. A name of a type follows a cast (`x::mathesar_types.email`), or
 * the name of a column in the column list of a function or of XMLTABLE, or AS in XMLSERIALIZE, or RETURNING in JSON_VALUE and its like. A column of a table whose
 * alias is `mathesar_types` looks the same elsewhere, and is left alone.
 */
export function replaceTypeNames(text: string, names: TypeNames): string {
  const tokens = text.match(TOKEN) ?? []
  let result = ''
  let before = ''
  let beforeThat = ''
  // What stands before each bracket that is open.
  const brackets: string[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? ''
    const end = tokens[i + 1] === '.' && tokens[i + 3] !== '.' && tokens[i + 3] !== '('
    const name = end ? `${token}.${tokens[i + 2] ?? ''}` : ''
    const replacement = names.get(name)
    if (replacement !== undefined && isTypePosition(before, beforeThat, brackets.at(-1) ?? '')) {
      result += replacement
      i += 2
      beforeThat = '.'
      before = tokens[i] ?? ''
      continue
    }
    result += token
    if (/^\s/.test(token)) continue
    if (token === '(') brackets.push(before)
    if (token === ')') brackets.pop()
    beforeThat = before
    before = token
  }
  return result
}

function isTypePosition(before: string, beforeThat: string, bracket: string): boolean {
  if (before === '::' || before.toUpperCase() === 'AS') return true
  // JSON_VALUE(… RETURNING type …); elsewhere an INSERT returns values.
  if (before === 'RETURNING') return /^JSON_/.test(bracket)
  const isName = /^["\p{L}_]/u.test(before) && !RESERVED.has(before.toUpperCase())
  return isName && (beforeThat === '(' || beforeThat === ',' || beforeThat === 'COLUMNS')
}
