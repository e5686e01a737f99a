import type pg from 'pg'

/** The longest texts of a server that are reported, in characters. */
const MOST = { message: 2_000, others: 8_000 } as const

/** Returns a text of a server, cut at so many characters; its end then states how many are missing. */
export function cutText(text: string, most: number = MOST.message): string {
  if (text.length <= most) return text
  // Not between the halves of a character beyond the Basic Multilingual Plane.
  const end = /[\ud800-\udbff]/.test(text.charAt(most - 1)) ? most - 1 : most
  return `${text.slice(0, end)} [... ${text.length - end} more characters]`
}

/**
 * Cuts the texts of an error in place. A server can send many megabytes, in a message that quotes a value for
 * instance; all of it would go to the terminal, to JSON and to the trace of a fault.
 */
export function cutTexts(error: pg.DatabaseError): void {
  const whole = error.message
  error.message = cutText(whole)
  if (error.message !== whole) error.stack = `${error.name}: ${error.message}`
  for (const field of ['detail', 'hint', 'where', 'internalQuery'] as const) {
    const text = error[field]
    if (text !== undefined) error[field] = cutText(text, MOST.others)
  }
}
