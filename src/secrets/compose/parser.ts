let parser: typeof import('yaml').parse | null = null

/** Parses the text of a Compose file. Errors: those of the YAML parser. */
export type ComposeParser = (text: string) => unknown

/** Loads the parser of Compose files. It takes long, so that only runs load it that may meet such a file. */
export async function loadComposeParser(): Promise<void> {
  parser ??= (await import('yaml')).parse
}

/** Returns the parser, which `loadComposeParser` has loaded before. */
export function composeParser(): ComposeParser {
  const parse = parser
  if (parse === null) throw new Error('the parser of Compose files was not loaded')
  return (text) => parse(text, { merge: true, logLevel: 'error' })
}
