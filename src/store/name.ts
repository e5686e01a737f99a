const LONGEST = 128

/**
 * Returns what is wrong with a name for a stored database, as a sentence; `null` if nothing is wrong.
 * Mathesar's column takes 1–128 characters. Characters that a terminal does not show as they are would make
 * names look alike in a list, and are refused.
 */
export function checkName(text: string): string | null {
  if (text.trim() === '') return 'A name needs at least one character.'
  if (text.trim() !== text) return 'A name may not begin or end with a space.'
  if (!text.isWellFormed()) return 'A name must be valid Unicode text.'
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text)) return 'A name may not contain control characters.'
  if ([...text].length > LONGEST) return `A name may have at most ${LONGEST} characters.`
  return null
}
