import { OperatorError } from '../errors.ts'

/** The error for a name that is not stored, with the nearest ones that are. */
export function notFound(name: string, known: readonly string[]): OperatorError {
  const wanted = name.toLowerCase()
  const near = known.filter((other) => {
    const candidate = other.toLowerCase()
    return candidate.includes(wanted) || (candidate.length > 1 && wanted.includes(candidate))
  })
  const quoted = near.slice(0, 3).map((other) => `"${other}"`)
  const suggestion = quoted.length > 0 ? `Did you mean ${quoted.join(' or ')}? ` : ''
  return new OperatorError(
    'NOT_FOUND',
    `No database is stored under the name "${name}".`,
    `${suggestion}"mathesarctl db list" shows the stored names.`,
    { field: 'name' },
  )
}
