/** Debian's format of control files (deb822(5)): paragraphs of fields, with blank lines between them. */

import { trimSpace, trimSpaceEnd } from '../../ascii-space.ts'

/**
 * The fields of a paragraph in their order. The first line of a value has no indentation, the others are as
 * they stand.
 */
export type Paragraph = ReadonlyMap<string, string>

/** A text that is not in the format; the message completes "FILE …". */
export class NotDeb822 extends Error {}

/** Reads the paragraphs of a text. Errors: NotDeb822. */
export function parseParagraphs(text: string): Paragraph[] {
  const paragraphs: Map<string, string>[] = []
  let current: Map<string, string> | null = null
  let last = ''
  for (const line of text.split('\n')) {
    if (trimSpace(line) === '') {
      current = null
    } else if (/^[ \t]/.test(line)) {
      if (!current) throw new NotDeb822(`begins a paragraph with "${line}".`)
      current.set(last, `${current.get(last)}\n${line}`)
    } else {
      const field = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line)
      if (!field) throw new NotDeb822(`has the line "${line}", which is not a field.`)
      if (!current) {
        current = new Map()
        paragraphs.push(current)
      }
      last = field[1] as string
      if (current.has(last)) throw new NotDeb822(`has the field ${last} twice.`)
      current.set(last, trimSpaceEnd(field[2] as string))
    }
  }
  return paragraphs
}

/** Returns the text of a paragraph. It omits fields whose value is null. */
export function paragraphText(fields: Iterable<readonly [field: string, value: string | null]>): string {
  let text = ''
  for (const [field, value] of fields) {
    if (value === null) continue
    text += value === '' || value.startsWith('\n') ? `${field}:${value}\n` : `${field}: ${value}\n`
  }
  return text
}
