const LONGEST = 128

/** Characters that a terminal obeys, or that show nothing: controls, format characters, fillers. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const EVERY_INVISIBLE = new RegExp(INVISIBLE, 'gu')

/**
 * Returns what is wrong with a name for a stored database, as a sentence; `null` if nothing is wrong.
 * Mathesar's column takes 1–128 characters. Characters that a terminal does not show as they are would make
 * names look alike in a list, and are refused; in an emoji of several parts they belong to what it shows.
 */
export function checkName(text: string): string | null {
  if (text.trim() === '') return 'A name needs at least one character.'
  if (text.trim() !== text) return 'A name may not begin or end with a space.'
  // U+FFFD stands for bytes on the command line that are no UTF-8.
  if (!text.isWellFormed() || text.includes('\ufffd')) return 'A name must be valid Unicode text.'
  if (INVISIBLE.test(text) && INVISIBLE.test(withoutEmoji(text))) {
    return 'A name may not contain control characters or invisible characters.'
  }
  if ([...text].length > LONGEST) return `A name may have at most ${LONGEST} characters.`
  return null
}

/**
 * Returns the name that an operator means: the stored one that is the same text, or else the stored one that
 * is the same in Unicode's normal form NFC, or else the given one in that form. Names that were stored before
 * they were normalized can thus still be used; where several are the same in that form, the given one means
 * none of them.
 */
export function resolveName(given: string, stored: readonly string[]): string {
  if (stored.includes(given)) return given
  const normal = given.normalize('NFC')
  const same = [...new Set(stored)].filter((name) => name.normalize('NFC') === normal)
  return same.length > 1 ? given : (same[0] ?? normal)
}

/** Returns the stored name, other than the name itself, that looks like a name; `null` if none does. */
export function findLookalike(name: string, stored: readonly string[]): string | null {
  const shape = shapeOf(name)
  return stored.find((other) => other !== name && shapeOf(other) === shape) ?? null
}

/** Returns what names have in common that look alike: compatible characters and white space are one. */
export function shapeOf(name: string): string {
  return name.normalize('NFKC').replace(EVERY_INVISIBLE, '').replace(/\s+/gu, ' ').trim()
}

function withoutEmoji(text: string): string {
  return text.replace(/\p{RGI_Emoji}/gv, '')
}
