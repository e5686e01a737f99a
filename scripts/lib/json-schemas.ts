import { z } from 'zod'
import { errorDocument } from '../../src/cli/json/error.ts'
import { DOCUMENTS } from '../../src/cli/json/index.ts'

/** One published document: what a command prints with `--json`, or an error. */
export interface PublishedDocument {
  /** The words of the command, such as `db add`; null for an error. */
  command: string | null
  /** Name of the file in docs/json/. */
  file: string
  definition: z.ZodType
}

/** Every document, those of the commands first. */
export const PUBLISHED: readonly PublishedDocument[] = [
  ...Object.entries(DOCUMENTS).map(([command, definition]) => ({
    command,
    file: `${command.replaceAll(' ', '-')}.schema.json`,
    definition,
  })),
  { command: null, file: 'error.schema.json', definition: errorDocument },
]

/** The part of JSON Schema (draft 2020-12) that the definitions become. */
export type JsonSchema = z.core.JSONSchema.JSONSchema

/** The JSON Schema of a document. It allows more fields than it names, for a later version may have more. */
export function jsonSchema({ command, file, definition }: PublishedDocument): JsonSchema {
  const { $schema, description, ...rest } = z.toJSONSchema(definition, {
    target: 'draft-2020-12',
    override: ({ jsonSchema: schema }) => {
      delete schema.additionalProperties
      // The format says it already, and these bounds are those of JavaScript.
      if (schema.format === 'date-time') delete schema.pattern
      if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum
      if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum
    },
  })
  return {
    ...($schema === undefined ? {} : { $schema }),
    $id: `urn:mathesarctl:json:${file.replace('.schema.json', '')}`,
    title: command === null ? 'mathesarctl: an error with --json' : `mathesarctl ${command} --json`,
    ...(description === undefined ? {} : { description }),
    ...rest,
  }
}

/** The files of docs/json/ by name. */
export function jsonDocs(): Map<string, string> {
  const files = PUBLISHED.map(
    (published) => [published.file, `${JSON.stringify(jsonSchema(published), null, 2)}\n`] as const,
  )
  return new Map([...files, ['README.md', readme()]])
}

function readme(): string {
  const rows = PUBLISHED.map(({ command, file, definition }) => {
    const name = command === null ? 'an error' : `\`mathesarctl ${command}\``
    return `| ${name} | [${file}](${file}) | ${definition.description ?? ''} |`
  })
  return `# The JSON of mathesarctl

<!-- Written by \`npm run docs\` from the definitions in src/cli/json; a test fails where it lags behind. -->

With \`--json\` a command prints exactly one JSON document on standard output. An error is one JSON object on standard
error, and standard output is then empty. \`db test\` prints its document also where a database does not pass; the exit
status reports it. \`--help\` and \`--version\` print text.

A document that is an array has no room for warnings. If there are any, they are one JSON object on standard error:
\`{"warnings": ["..."]}\`.

Each file here is a JSON Schema (draft 2020-12) of one document. The man page of each command names the same fields.

| command | schema | document |
| --- | --- | --- |
${rows.join('\n')}

## What stays as it is

- A field is never renamed or removed, and its type and meaning do not change.
- A later version may add fields. The schemas therefore allow fields that they do not name: a program has to ignore fields
  that it does not know.
- A field that is not in the list \`required\` of its object is absent where it does not apply. All others are always there;
  they are \`null\` where there is no value.
- A later version may add a value to a list of values, such as a status or an error code.
- The text of \`message\`, \`hint\`, \`warnings\`, \`notes\` and \`effects\` is for people and may change. A program decides on
  the other fields.
- Objects have their fields in no particular order.
- Times are ISO 8601 in UTC. No document and no error holds a password or a secret key.

Each schema has a name of the form \`urn:mathesarctl:json:db-add\`. It is a name and no address: validators read the file.
`
}
