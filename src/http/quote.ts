/** The most characters of a server's text that a message quotes. */
const MAXIMUM_QUOTE = 300

/** Returns a text of a server as a message can quote it: cut, on one line and without the secrets. */
export function quotable(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret !== '')
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, MAXIMUM_QUOTE)
}

/** Returns the value of a JSON text; `null` for any other text. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
