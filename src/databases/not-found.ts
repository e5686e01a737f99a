import type { OperatorError } from '../errors.ts'
import { toRun } from '../hint.ts'
import { isSimilar, nearestFirst } from '../nearest.ts'
import { notFound as nameNotFound } from '../store/errors.ts'

const NOTHING_STORED = toRun('No database is stored yet. Add one with:', 'mathesarctl db add')

/** Returns the error for a name that is not stored, with a hint that names the most similar stored ones. */
export function notFound(name: string, stored: readonly string[]): OperatorError {
  const error = nameNotFound(name)
  if (stored.length === 0) return error.with({ hint: NOTHING_STORED })
  // A name that databases share is followed by their server, which is no part of what was mistyped.
  const similar = stored.filter((other) => isSimilar(other, name) || isSimilar(baseOf(other), baseOf(name)))
  if (similar.length === 0) return error
  const nearest = nearestFirst(name, similar).slice(0, 3)
  const quoted = nearest.map((other) => `"${other}"`)
  return error.with({ hint: `Did you mean ${quoted.join(' or ')}? ${error.hint}` })
}

/** `library@db1.example.org` -> `library`. */
function baseOf(name: string): string {
  const at = name.lastIndexOf('@')
  return at > 0 ? name.slice(0, at) : name
}
