/**
 * Text from a server or a file as it may go to a terminal: control characters, which could move the cursor or change
 * the title, are shown as escapes. Line breaks stay where `multiline` is given.
 */
export function printable(text: string, multiline = true): string {
  // A byte of a name in a database with the encoding SQL_ASCII that is no UTF-8 is a lone surrogate.
  const shown = text.replace(/[\udc80-\udcff]/gu, (raw) => `\\x${(raw.charCodeAt(0) - 0xdc00).toString(16)}`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  return shown.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (multiline && (character === '\n' || character === '\t')) return character
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
