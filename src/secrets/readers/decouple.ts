import { trimSpace } from '../../ascii-space.ts'
import type { Reader } from './types.ts'

/**
 * Reads an `.env` file by the rules of python-decouple 3.4, with which Mathesar 0.1.0 to 0.1.7 reads it: it
 * trims lines and splits them at the first `=`; there are no escapes, no expansion and no comments after a
 * value; of several values the last one counts. It also accepts `export NAME=value`, and trims only white
 * space of ASCII.
 */
export const readLikeDecouple: Reader = (text) => {
  const entries: [string, string][] = []
  for (const line of text.split(/\r\n|\n|\r/)) {
    const trimmed = trimSpace(line)
    const split = trimmed.indexOf('=')
    if (trimmed.startsWith('#') || split === -1) continue
    const name = trimSpace(trimmed.slice(0, split)).replace(/^export[ \t]+/, '')
    entries.push([name, unquote(trimSpace(trimmed.slice(split + 1)))])
  }
  return Object.fromEntries(entries)
}

/**
 * Removes all quotes at both ends of a value that begins and ends with the same quote, as python-decouple
 * does.
 */
function unquote(value: string): string {
  const first = value.at(0)
  if (value.length < 2 || (first !== '"' && first !== "'") || value.at(-1) !== first) return value
  return value.replace(/^["']+/, '').replace(/["']+$/, '')
}
