import type { OperatorError } from '../errors.ts'
import { notFound as nameNotFound } from '../store/errors.ts'

/** Returns the error for a name that is not stored, with a hint that names the most similar stored ones. */
export function notFound(name: string, stored: readonly string[]): OperatorError {
  const error = nameNotFound(name)
  const lowerCaseName = name.toLowerCase()
  const similar = stored.filter((other) => {
    const candidate = other.toLowerCase()
    return candidate.includes(lowerCaseName) || (candidate.length > 1 && lowerCaseName.includes(candidate))
  })
  if (similar.length === 0) return error
  const quoted = similar.slice(0, 3).map((other) => `"${other}"`)
  return error.with({ hint: `Did you mean ${quoted.join(' or ')}? ${error.hint}` })
}
