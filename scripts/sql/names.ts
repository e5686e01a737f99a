import type { SqlType } from './types.ts'

/** The function that casts to a type: named after it, without its schema. */
export function functionName(target: SqlType): string {
  const name = target.name.slice(target.name.lastIndexOf('.') + 1)
  return `cast_to_${name.replaceAll(' ', '_').replaceAll('"', '_double_quote_')}`
}
