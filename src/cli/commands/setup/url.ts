/** Hides what may be a password in a URL, for the screen. */
export function withoutPassword(text: string): string {
  return isUrl(text)
    ? text.replace(/(:\/\/[^:@/?]*):.*@/s, '$1:***@').replace(/(password=)[^&]*/gi, '$1***')
    : text
}

/** Returns whether a text is the URL of a PostgreSQL database, rather than a path. */
export function isUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//i.test(text)
}
