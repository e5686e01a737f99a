import { type JsonSchema, jsonSchema, PUBLISHED, type PublishedDocument } from './json-schemas.ts'
import { manText } from './man-text.ts'

/**
 * Returns the section of a man page about the JSON output of its commands, with the type and meaning of every
 * field. Objects that several fields share are listed once, at the end.
 *
 * @param commands the words of the commands that the page describes, such as `db add`
 */
export function jsonOutputSection(commands: readonly string[]): string[] {
  const documents = PUBLISHED.filter(({ command }) => command !== null && commands.includes(command))
  if (documents.length === 0) return []
  return [
    '.Sh OUTPUT (JSON)',
    'With',
    '.Fl -json',
    'a command prints one JSON document on standard output.',
    'A later version may add fields.',
    'A field that is marked as optional is absent if it does not apply.',
    ...documents.flatMap((one) => [`.Ss ${one.command} --json`, ...documentLines(jsonSchema(one))]),
    ...objectLines(documents),
  ]
}

/** Returns the fields of an error, for the section about the exit status. */
export function jsonErrorLines(): string[] {
  const document = PUBLISHED.find(({ command }) => command === null)
  const error = document && jsonSchema(document).properties?.error
  if (typeof error !== 'object') throw new Error('The document of an error has no field "error"')
  return fieldList(error)
}

function documentLines(schema: JsonSchema): string[] {
  const about = manText(schema.description ?? '')
  if (schema.type !== 'array') return [about, ...fieldList(schema)]
  const element = schema.items as JsonSchema
  return [
    about,
    manText(`An array. The type of its elements is ${typeText(element)}.`),
    ...fieldList(element),
  ]
}

/** Returns the objects and values that the documents share, each once. */
function objectLines(documents: readonly PublishedDocument[]): string[] {
  const definitions = new Map(
    documents
      .flatMap((one) => Object.entries(jsonSchema(one).$defs ?? {}))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
  return [...definitions].flatMap(([name, definition]) => [
    `.Ss ${name}`,
    manText(definition.description ?? ''),
    ...(definition.enum ? [manText(`One of ${definition.enum.join(', ')}.`)] : []),
    ...fieldList(definition),
  ])
}

function fieldList(schema: JsonSchema): string[] {
  const rows = fieldRows(schema)
  if (rows.length === 0) return []
  return [
    '.Bl -tag -width Ds',
    ...rows.flatMap(([name, type, meaning]) => [`.It Va ${name} Pq ${type}`, manText(meaning)]),
    '.El',
  ]
}

/** Returns the fields of an object and of nested objects, by their path: `error.code`, `drift[].object`. */
function fieldRows(schema: JsonSchema, path = ''): [name: string, type: string, meaning: string][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const field = value as JsonSchema
    const name = `${path}${key}`
    const optional = schema.required?.includes(key) ? '' : ', optional'
    const row: [string, string, string] = [name, `${typeText(field)}${optional}`, field.description ?? '']
    const alternatives = [field, ...((field.anyOf ?? []) as JsonSchema[])]
    const below = alternatives.flatMap((part) => [
      ...fieldRows(part, `${name}.`),
      ...(typeof part.items === 'object' ? fieldRows(part.items as JsonSchema, `${name}[].`) : []),
    ])
    return [row, ...below]
  })
}

/** Returns a type as text: `string or null`, `array of dependent`. */
function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return schema.$ref.replace('#/$defs/', '')
  if (schema.enum) return schema.enum.join(' | ')
  if (schema.anyOf) return schema.anyOf.map((part) => typeText(part as JsonSchema)).join(' or ')
  if (schema.type === 'array') return `array of ${typeText(schema.items as JsonSchema)}`
  return [schema.type].flat().join(' or ')
}
