/**
 * Text from a server or a file as it may go to a terminal: control characters, which could move the cursor or change
 * the title, are shown as escapes. Line breaks stay where `multiline` is given.
 */
export function printable(text: string, multiline = true): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    if (multiline && (character === '\n' || character === '\t')) return character
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
