const LONGEST = 128

/**
 * Says what is wrong with a name for a stored database, as a sentence; `null` if nothing is. Mathesar's
 * column takes 1–128 characters; what a terminal would not show as it is can't be told apart in a list, and
 * is refused.
 */
export function checkName(text: string): string | null {
  if (text.trim() === '') return 'A name needs at least one character.'
  if (text.trim() !== text) return 'A name may not begin or end with a space.'
  if (!text.isWellFormed()) return 'A name has to be valid Unicode text.'
  if (/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(text)) return 'A name may not hold control characters.'
  if ([...text].length > LONGEST) return `A name has at most ${LONGEST} characters.`
  return null
}
