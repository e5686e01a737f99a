/** How a server wants to be authenticated: one challenge of a WWW-Authenticate field. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string
  /** By names in lower case. */
  readonly parameters: Readonly<Record<string, string>>
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const SCHEME = new RegExp(`(${TOKEN})(?:[ \\t]+|(?=,)|$)`, 'y')
const PARAMETER = new RegExp(`(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, 'ys')
const TOKEN_68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y
const SEPARATOR = /[ \t,]+/y

/**
 * Parses a WWW-Authenticate field, which may have several challenges (RFC 9110, 11.6.1). A value in quotes
 * may contain commas, as the scope of a token does. It ignores what follows the first syntax error.
 */
export function parseChallenges(field: string): Challenge[] {
  const challenges: { scheme: string; parameters: Record<string, string> }[] = []
  let position = 0
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    const match = pattern.exec(field)
    if (match) position = pattern.lastIndex
    return match
  }
  while (position < field.length) {
    if (next(SEPARATOR)) continue
    const current = challenges.at(-1)
    // A scheme and a parameter begin alike: only a parameter has an equals sign.
    const parameter = current && next(PARAMETER)
    if (parameter) {
      const [, name = '', quoted, plain] = parameter
      const value = quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/gs, '$1')
      const key = name.toLowerCase()
      // The first one counts: a server that sends two could mean either.
      if (!Object.hasOwn(current.parameters, key)) current.parameters[key] = value
      continue
    }
    const scheme = next(SCHEME)
    if (!scheme?.[1]) break
    challenges.push({ scheme: scheme[1].toLowerCase(), parameters: Object.create(null) })
    // Such as the first message of Negotiate, which this program has no use for.
    if (!peek(PARAMETER, field, position)) next(TOKEN_68)
  }
  return challenges.map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } }))
}

function peek(pattern: RegExp, field: string, position: number): boolean {
  pattern.lastIndex = position
  return pattern.test(field)
}
