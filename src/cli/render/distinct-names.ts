import { shapeOf } from '../../databases/stored-name.ts'
import { escapeOf, printable } from './printable.ts'

/** What people can't tell from the sign that they see: all beyond ASCII, and spaces that show nothing. */
const AMBIGUOUS = /[^\x20-\x7e]|^ +| +$|(?<= ) +/gu

/**
 * Returns how a list shows each of its names: in printable form, and with escapes if it looks like another
 * name of the list, as names did that an earlier version stored.
 */
export function distinctNames(names: readonly string[]): (name: string) => string {
  // A name in ASCII alone can look like another one too, which is not.
  if (names.every((name) => /^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(name))) return (name) => name
  const counts = new Map<string, number>()
  for (const name of names) counts.set(shapeOf(name), (counts.get(shapeOf(name)) ?? 0) + 1)
  return (name) => ((counts.get(shapeOf(name)) ?? 0) > 1 ? escaped(name) : printable(name, false))
}

function escaped(name: string): string {
  return name.replace(AMBIGUOUS, (part) => [...part].map(escapeOf).join(''))
}
