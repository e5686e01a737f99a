/** The variables that a Compose file is filled in with: those of the `.env` file beside it. */
export type Variables = Readonly<Record<string, string>>

/** A reference to a variable at the start of a text: `$$`, `$NAME`, or the beginning of `${NAME…}`. */
const REFERENCE = /^\$(?:(\$)|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(:?[-?+])?)/

/**
 * Fills variables into a value of a Compose file, by the rules of the Compose specification: `$NAME`,
 * `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:?error}`, `${NAME?error}`, `${NAME:+word}`,
 * `${NAME+word}`, with references inside the words, and `$$` for a dollar sign. Text that is no reference
 * stays as it is. Returns `null` where Compose does not start: a required variable is missing, or a reference
 * is not closed.
 */
export function interpolate(text: string, variables: Variables): string | null {
  return fill(text, variables, false).text
}

/**
 * Returns the variable that a value of a Compose file consists of: whoever sets it to a text sets the whole
 * value. `null` if there is none.
 */
export function variableOf(text: string): string | null {
  const [start, dollar, plain, braced, operator = ''] = REFERENCE.exec(text) ?? []
  if (start === undefined || dollar !== undefined || operator.endsWith('+')) return null
  if (plain !== undefined) return start === text ? plain : null
  const end = start.length + fill(text.slice(start.length), {}, true).end
  return text[end] === '}' && end + 1 === text.length ? (braced ?? null) : null
}

/**
 * Returns the filled text (`null` if that is impossible), and the index behind what was read.
 *
 * @param isWord the text ends at the brace that closes its reference
 */
function fill(text: string, variables: Variables, isWord: boolean): { text: string | null; end: number } {
  let filled: string | null = ''
  let index = 0
  const append = (part: string | null) => {
    filled = filled === null || part === null ? null : filled + part
  }
  while (index < text.length && !(isWord && text[index] === '}')) {
    const reference = REFERENCE.exec(text.slice(index))
    if (reference === null) {
      append(text[index++] ?? '')
      continue
    }
    const [start, dollar, plain, braced = '', operator = ''] = reference
    index += start.length
    if (dollar !== undefined) append('$')
    else if (plain !== undefined) append(variables[plain] ?? '')
    else {
      const word = fill(text.slice(index), variables, true)
      index += word.end
      const isClosed = text[index++] === '}' && (operator !== '' || word.end === 0)
      append(isClosed ? referenceValue(variables[braced], operator, word.text) : null)
    }
  }
  return { text: filled, end: index }
}

/** Returns what a reference in braces stands for; `null` if a required variable is missing. */
function referenceValue(value: string | undefined, operator: string, word: string | null): string | null {
  const isSet = value !== undefined && !(operator.startsWith(':') && value === '')
  switch (operator.at(-1)) {
    case '-':
      return isSet ? value : word
    case '?':
      return isSet ? value : null
    case '+':
      return isSet ? word : ''
    default:
      return value ?? ''
  }
}
