/**
 * White space as C's `isspace` knows it, which is what libpq, shells and the files of both separate words by.
 * JavaScript's `trim` and `\s` also take a no-break space or a byte order mark, which may be a part of a
 * password.
 */
const SPACE = ' \t\n\v\f\r'

/** Returns whether a character is white space of ASCII; `false` for `undefined`. */
export function isSpace(character: string | undefined): boolean {
  return character !== undefined && character !== '' && SPACE.includes(character)
}

/** Returns the text without white space of ASCII at its start. */
export function trimSpaceStart(text: string): string {
  let start = 0
  while (isSpace(text[start])) start++
  return text.slice(start)
}

/** Returns the text without white space of ASCII at its end. */
export function trimSpaceEnd(text: string): string {
  let end = text.length
  while (isSpace(text[end - 1])) end--
  return text.slice(0, end)
}

/** Returns the text without white space of ASCII at both ends. */
export function trimSpace(text: string): string {
  return trimSpaceStart(trimSpaceEnd(text))
}
