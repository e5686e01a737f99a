/**
 * Makes text from a server or a file safe for a terminal: control characters, which could move the cursor or
 * change the title, become escapes.
 *
 * @param isMultiline whether line breaks and tabs stay
 */
export function printable(text: string, isMultiline = true): string {
  // In a name of a database with the encoding SQL_ASCII, a lone surrogate stands for a byte that is no UTF-8.
  const shown = text.replace(/[\udc80-\udcff]/gu, (raw) => `\\x${(raw.charCodeAt(0) - 0xdc00).toString(16)}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what the pattern matches
  return shown.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (isMultiline && (character === '\n' || character === '\t')) return character
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
