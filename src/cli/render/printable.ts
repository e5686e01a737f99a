/**
 * Characters that a terminal obeys or hides instead of showing them: controls, format characters (zero-width
 * ones and those that reorder text), line separators, ignorable fillers, and lone surrogates.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const EVERY_INVISIBLE = new RegExp(INVISIBLE, 'gu')

/** JSON.stringify itself escapes the controls below U+0020 and lone surrogates. */
const EVERY_INVISIBLE_IN_JSON = /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

/** Colors and weights that the program itself writes (chalk). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: styles begin with one
const OWN_STYLES = /(\x1b\[(?:1|2|22|3[1-6]|39)m)/

/**
 * Makes text from a server, a file or an operator safe for a terminal: characters that could move the cursor,
 * reorder or hide text, or end the line become escapes, in the form of bash's `$'...'`.
 *
 * @param isMultiline whether line breaks and tabs stay
 */
export function printable(text: string, isMultiline = true): string {
  if (!INVISIBLE.test(text)) return text
  let shown = ''
  let from = 0
  // A joiner inside an emoji of several parts is what makes it that emoji.
  for (const { 0: emoji, index } of text.matchAll(emojiSequences())) {
    shown += escapeInvisible(text.slice(from, index), isMultiline) + emoji
    from = index + emoji.length
  }
  return shown + escapeInvisible(text.slice(from), isMultiline)
}

/**
 * Returns text of several lines in printable form, with an indent before each line after the first: no line
 * of a server's message can then look like a line of this program.
 */
export function printableBlock(text: string, indent = '  '): string {
  return printable(text).replaceAll('\n', `\n${indent}`)
}

/**
 * Returns output that the program has composed in printable form. Line breaks stay, and the program's own
 * colors, if it writes any.
 */
export function printableOutput(text: string, hasColors: boolean): string {
  if (!hasColors) return printable(text)
  return text
    .split(OWN_STYLES)
    .map((part, index) => (index % 2 === 1 ? part : printable(part)))
    .join('')
}

/** Returns a name in printable form on one line, in double quotes. */
export function quotedName(name: string): string {
  return `"${printable(name, false)}"`
}

/**
 * Returns JSON as one document of the same value, in which every character that a terminal could obey or
 * hide is an escape.
 *
 * @param indent columns of indentation; 0 for one line
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(EVERY_INVISIBLE_IN_JSON, (character) =>
    character
      .split('')
      .map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
      .join(''),
  )
}

/** Returns whether text contains a character that is not shown as it is. */
export function hasInvisible(text: string): boolean {
  return printable(text, false) !== text
}

let emoji: RegExp | null = null

/** Compiled at the first use, because most runs need none. */
function emojiSequences(): RegExp {
  emoji ??= /\p{RGI_Emoji}/gv
  return emoji
}

function escapeInvisible(text: string, isMultiline: boolean): string {
  return text.replace(EVERY_INVISIBLE, (character) =>
    isMultiline && (character === '\n' || character === '\t') ? character : escapeOf(character),
  )
}

/** Returns the escape of a character, in the form of bash's `$'...'`. */
export function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0
  // In a name of a database with the encoding SQL_ASCII, a lone surrogate stands for a byte that is no UTF-8.
  if (code >= 0xdc80 && code <= 0xdcff) return `\\x${hex(code - 0xdc00, 2)}`
  if (code < 0x80) return `\\x${hex(code, 2)}`
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}
