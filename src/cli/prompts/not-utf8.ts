/** Returns why something typed is refused that is not UTF-8: as text it would be something else. */
export function notUtf8(what: 'answer' | 'password'): string {
  return (
    `The ${what} has bytes that are not UTF-8, or the character U+FFFD, and the program can't tell which. ` +
    'Set the terminal to UTF-8.'
  )
}
