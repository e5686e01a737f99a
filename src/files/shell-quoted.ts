/** Returns a path, or other text, as one word for a POSIX shell: in single quotes unless it needs none. */
export function shellQuoted(text: string): string {
  return /^[\w.@%+=:,/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
