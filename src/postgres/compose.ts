/**
 * Fills the placeholders `{{name}}` of a `.sql` file with SQL: names of schemas, and fragments that several
 * queries share. A query is composed once, when its module is loaded. What comes from an operator or from a
 * database is a parameter (`$1`), or where the simple query protocol takes none, a constant quoted by
 * `quoteLiteral`.
 *
 * A value of several lines is indented like its placeholder where that begins a line, so it holds no string
 * of several lines. Errors: a placeholder has no value.
 */
export function compose(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/(^ *)?\{\{(\w+)\}\}/gm, (_, indent: string = '', name: string) => {
    const value = values[name]
    if (value === undefined) throw new Error(`the SQL has no value for {{${name}}}`)
    return `${indent}${value.replaceAll('\n', `\n${indent}`)}`
  })
}
